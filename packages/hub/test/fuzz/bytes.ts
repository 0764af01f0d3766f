/** Bytes that are bent, and bytes that come over a stream where lines should. */
import fc from 'fast-check'
import { real } from './frames.ts'

const edit = fc.record({
  what: fc.constantFrom('flip', 'remove', 'insert', 'double', 'end'),
  at: fc.nat(),
  length: fc.integer({ min: 1, max: 16 }),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 16 }),
})
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never

function apply(from: Buffer, { what, at, length, bytes }: Edit): Buffer {
  const start = from.length === 0 ? 0 : at % from.length
  const head = from.subarray(0, start)
  const part = from.subarray(start, start + length)
  const rest = from.subarray(start + length)
  switch (what) {
    case 'flip':
      return Buffer.concat([head, part.map((byte, i) => byte ^ (bytes[i % bytes.length] ?? 1)), rest])
    case 'remove':
      return Buffer.concat([head, rest])
    case 'insert':
      return Buffer.concat([head, bytes, part, rest])
    case 'double':
      return Buffer.concat([head, part, part, rest])
    default:
      return Buffer.from(head)
  }
}

/** The same bytes with a few edits. */
export const bentBytes = (good: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> =>
  fc
    .tuple(good, fc.array(edit, { minLength: 1, maxLength: 4 }))
    .map(([bytes, edits]) => edits.reduce(apply, bytes))

export const realText = fc.constantFrom(...real.map(message => JSON.stringify(message)))

const line = realText.map(text => Buffer.from(`${text}\n`))

/** A line that ends, or begins, in the middle of a character. */
const tornUtf8 = fc
  .tuple(fc.constantFrom('é', '€', '😀'), fc.nat({ max: 3 }), fc.boolean())
  .map(([character, cut, ahead]) => {
    const bytes = Buffer.from(character)
    const part = ahead ? bytes.subarray(cut) : bytes.subarray(0, cut)
    return Buffer.concat([Buffer.from('{"type":"ping","id":"'), part, Buffer.from('"}\n')])
  })

/** Around the limit, with and without an end. */
const giant = fc
  .tuple(fc.constantFrom(32 * 1024, 100_000), fc.integer({ min: -2, max: 3 }), fc.boolean())
  .map(([length, delta, ends]) => Buffer.from('x'.repeat(length + delta) + (ends ? '\r\n' : '')))

const lineEnds = fc
  .array(fc.constantFrom('\r', '\n', '\r\n', '\n\r', '\0', '\u2028', '\ufeff', '{"type":"rooms","id":"r"}'), {
    maxLength: 40,
  })
  .map(parts => Buffer.from(parts.join('')))

const nuls = fc.integer({ min: 1, max: 2_000 }).map(length => Buffer.alloc(length))

/** What looks like the last line of a side that says goodbye. */
const goodbye = fc
  .tuple(fc.constantFrom('close', 'clos\\u0065', 'Close'), fc.jsonValue(), fc.jsonValue())
  .map(([type, code, reason]) =>
    Buffer.from(`{"type":"${type}","code":${JSON.stringify(code)},"reason":${JSON.stringify(reason)}}\n`),
  )

/** What a stream brings. */
export const lineBytes: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 8, arbitrary: line },
  { weight: 8, arbitrary: bentBytes(line) },
  { weight: 4, arbitrary: lineEnds },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes)) },
  { weight: 1, arbitrary: tornUtf8 },
  { weight: 1, arbitrary: giant },
  { weight: 1, arbitrary: nuls },
  { weight: 1, arbitrary: goodbye },
)
