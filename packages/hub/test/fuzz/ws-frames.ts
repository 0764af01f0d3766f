/** WebSocket frames byte by byte (RFC 6455, section 5.2): right ones, and everything that one may get wrong. */
import { constants, deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { bentBytes, realText } from './bytes.ts'

const MASK = Buffer.from([0x21, 0x42, 0x63, 0x84])

/** How a frame is made. */
export interface Shape {
  readonly opcode: number
  readonly payload: Buffer
  readonly fin?: boolean
  /** Three reserved bits. */
  readonly rsv?: number
  readonly masked?: boolean
  /** In how many bits the length is said, wherever fewer would do. */
  readonly bits?: 7 | 16 | 64
  /** The length that is said, where it is not the payload's. */
  readonly claim?: bigint
}

/** Bytes of a frame as a client would send it; the defaults make a right one. */
export function wsFrame({ opcode, payload, fin = true, rsv = 0, masked = true, bits, claim }: Shape): Buffer {
  const length = claim ?? BigInt(payload.length)
  const needed = length < 126n ? 7 : length < 65_536n ? 16 : 64
  const said = Math.max(bits ?? 7, needed)
  const head = Buffer.alloc(said === 7 ? 2 : said === 16 ? 4 : 10)
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode
  head[1] = (masked ? 0x80 : 0) | (said === 7 ? Number(length) : said === 16 ? 126 : 127)
  if (said === 16) head.writeUInt16BE(Number(length), 2)
  if (said === 64) head.writeBigUInt64BE(length, 2)
  if (!masked) return Buffer.concat([head, payload])
  return Buffer.concat([head, MASK, payload.map((byte, i) => byte ^ (MASK[i % 4] ?? 0))])
}

/** A text message, whole. */
export const wsText = (text: string): Buffer => wsFrame({ opcode: 1, payload: Buffer.from(text) })

const deflate = (text: string): Buffer =>
  deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)

/** A text message, compressed (RFC 7692): whoever has not agreed on that refuses it. */
export const wsDeflated = (text: string): Buffer => wsFrame({ opcode: 1, rsv: 4, payload: deflate(text) })

const texts = realText.map(text => Buffer.from(text))
const right = texts.map(payload => wsFrame({ opcode: 1, payload }))
const anyBytes = fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes))

/** A close frame's payload: half a code, forbidden codes, a reason that is not UTF-8. */
const closePayload = fc
  .tuple(
    fc.constantFrom(0, 999, 1000, 1005, 1006, 1015, 2999, 4999, 65_535),
    fc.uint8Array({ maxLength: 130 }),
  )
  .map(([code, reason]) => Buffer.concat([Buffer.of(code >> 8, code & 0xff), reason]))

/** A frame of which any part may be wrong. */
const crafted = fc
  .record({
    opcode: fc.oneof(fc.constantFrom(0, 1, 2, 8, 9, 10), fc.nat({ max: 15 })),
    fin: fc.boolean(),
    rsv: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 7 }) }),
    masked: fc.oneof(
      { weight: 5, arbitrary: fc.constant(true) },
      { weight: 1, arbitrary: fc.constant(false) },
    ),
    bits: fc.constantFrom<7 | 16 | 64>(7, 7, 16, 64),
    payload: fc.oneof(texts, anyBytes, closePayload),
  })
  .map(wsFrame)

/** A frame that says to be longer than it is, up to the most that 64 bits can say. */
const liar = fc
  .tuple(
    texts,
    fc.oneof(
      fc.bigInt({ min: 0n, max: 300_000n }),
      fc.constantFrom(2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n),
    ),
  )
  .map(([payload, claim]) => wsFrame({ opcode: 1, payload, claim }))

/** A text in pieces, compressed or not, with a control frame between them: all of it is allowed. */
const fragmented = fc
  .tuple(realText, fc.nat(), fc.constantFrom<number | undefined>(9, 10, undefined), fc.boolean())
  .map(([text, at, control, compressed]) => {
    const payload = compressed ? deflate(text) : Buffer.from(text)
    const cut = at % payload.length
    const rsv = compressed ? 4 : 0
    const first = wsFrame({ opcode: 1, rsv, fin: false, payload: payload.subarray(0, cut) })
    const between = control === undefined ? [] : [wsFrame({ opcode: control, payload: Buffer.from('x') })]
    return Buffer.concat([first, ...between, wsFrame({ opcode: 0, payload: payload.subarray(cut) })])
  })

const deflated = realText.map(wsDeflated)

/** A small frame that becomes far more than a frame may be. */
const bomb = fc.integer({ min: 100_000, max: 2_000_000 }).map(length => wsDeflated('x'.repeat(length)))

/** What comes over a socket after its upgrade. */
export const wsBytes: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 6, arbitrary: right },
  { weight: 4, arbitrary: bentBytes(right) },
  { weight: 4, arbitrary: fragmented },
  { weight: 3, arbitrary: crafted },
  { weight: 2, arbitrary: deflated },
  { weight: 2, arbitrary: bentBytes(deflated) },
  { weight: 1, arbitrary: liar },
  { weight: 1, arbitrary: bomb },
  { weight: 1, arbitrary: anyBytes },
)
