/** Texts of frames: real ones, real ones bent a little, real JSON torn, and rubbish. */
import fc from 'fast-check'

export const real: readonly object[] = [
  { type: 'hello', id: 'h', name: 'Ann' },
  { type: 'join', id: 'j', room: 'general', after: { epoch: 'e', seq: 3 } },
  { type: 'join', id: 'j', room: 'general', last: 10 },
  { type: 'publish', id: 'm', room: 'general', text: 'hello' },
  { type: 'history', id: 'x', room: 'general', before: 5, limit: 10 },
  { type: 'rooms', id: 'r' },
  { type: 'typing', room: 'general' },
  { type: 'leave', id: 'l', room: 'general' },
  { type: 'ping', id: 'p' },
]

/** A real message with some of its fields replaced, removed or added. */
const bent = fc
  .tuple(
    fc.constantFrom(...real),
    fc.dictionary(
      fc.constantFrom('id', 'room', 'text', 'name', 'after', 'last', '__proto__', 'x'),
      fc.jsonValue(),
      { maxKeys: 3 },
    ),
    fc.boolean(),
  )
  .map(([message, changes, keep]) => JSON.stringify(keep ? message : { ...message, ...changes }))

/** A text that is well formed, with an id that nothing else has: it lands in the log. */
const publish = fc
  .tuple(fc.nat(), fc.string({ unit: 'grapheme', maxLength: 40 }))
  .map(([n, text]) =>
    JSON.stringify({ type: 'publish', id: `p-${n}`, room: 'general', text: `${n} ${text}` }),
  )

/** Real JSON with a character cut out or put in. */
const torn = fc
  .tuple(bent, fc.nat(), fc.string({ unit: 'binary', maxLength: 2 }))
  .map(([text, at, part]) => text.slice(0, at % text.length) + part + text.slice((at % text.length) + 1))

/** About as long as a frame may be. */
const huge = fc
  .tuple(fc.constantFrom(125, 126, 65_535, 65_536, 32 * 1024, 128 * 1024), fc.integer({ min: -3, max: 3 }))
  .map(([length, delta]) => JSON.stringify('x'.repeat(length + delta - 2)))

/** What the hub carries out. */
export const valid = fc.oneof(
  publish,
  fc.constantFrom(...real.slice(3)).map(message => JSON.stringify(message)),
)

/** Not even an object with a type, as a rule. */
export const rubbish = fc.oneof(fc.json(), fc.string({ unit: 'binary' }))

export const frame = fc.oneof(
  { weight: 40, arbitrary: bent },
  { weight: 10, arbitrary: publish },
  { weight: 20, arbitrary: torn },
  { weight: 20, arbitrary: rubbish },
  { weight: 1, arbitrary: huge },
)
