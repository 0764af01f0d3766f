/** The values that messages are made of: their accepted forms, in one place for server, client and docs. */
import { codePoints, type Field, field, integer, kindOf, object, string } from './schema.ts'

/** Longest text of a message, in Unicode code points. */
export const MAX_TEXT = 4_000
/** Largest page of `history` and of `last`. */
export const MAX_PAGE = 200
/** Longest that somebody waits for the answer to a command, in milliseconds. */
export const MAX_BUDGET_MS = 30_000

const ROOM = /^[\p{L}\p{Nd}._-]+$/u
const ID = /^[\x20-\x7e]{1,64}$/
// Control, bidi and zero-width characters, line and paragraph separators, tags and variation of them: all
// that a name could use to look like another's or to break a terminal's line.
const UNSAFE_NAME = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u
/** Something to see: a letter, a number, a sign. Marks alone would stand on whatever comes before them. */
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/** A message id or a request id. */
export const id: Field<string, false> = field(
  '1–64 printable ASCII characters',
  value => typeof value === 'string' && ID.test(value),
)

/** Whether `name` may name a room at all; which rooms exist is the hub's option. */
export function isRoomName(name: string): boolean {
  return ROOM.test(name) && codePoints(name) <= 64
}

/** A room's name. */
export const room: Field<string, false> = field(
  "1–64 letters, digits, '-', '_' or '.'",
  value => typeof value === 'string' && isRoomName(value),
)

/** A user's name as it is shown: NFC, white space as single spaces and none around. */
export const cleanName = (name: string): string => name.normalize('NFC').trim().replace(/\s+/g, ' ')

/**
 * The form under which names are compared: `Ann` and `ann` are one name. Composed once more at the end: a letter
 * may have an accented form in lower case only, `ǰ` for one, and its parts look the same.
 */
export const nameKey = (name: string): string => cleanName(name).toLowerCase().normalize('NFC')

/** A user's name. */
export const name: Field<string, false> = field(
  '1–32 characters, none of them control, bidi or zero-width',
  value => {
    if (typeof value !== 'string' || value.length > 1_000) return false
    const clean = cleanName(value)
    // What is trimmed is looked at too: a line break is none of the spaces that people leave at an end.
    return VISIBLE.test(clean) && codePoints(clean) <= 32 && !UNSAFE_NAME.test(value)
  },
)

const textForm = `1–${MAX_TEXT.toLocaleString('en')} characters, not all white space, no U+0000`

/** A message's text. */
export const text: Field<string, false> = {
  form: textForm,
  optional: false,
  problem(value) {
    if (typeof value !== 'string')
      return { code: 'bad-request', message: `must be a string, got ${kindOf(value)}` }
    if (value.trim() === '')
      return { code: 'bad-request', message: 'must have at least one character that is not white space' }
    if (value.includes('\0')) return { code: 'bad-request', message: 'must not contain U+0000' }
    if (LONE_SURROGATE.test(value))
      return { code: 'bad-request', message: 'must not contain a lone surrogate' }
    const length = codePoints(value)
    if (length > MAX_TEXT)
      return { code: 'too-large', message: `must have at most ${MAX_TEXT} characters, has ${length}` }
    return undefined
  },
}

/** A position in a room's log: the number of its last message. */
export const seq: Field<number, false> = integer(0, Number.MAX_SAFE_INTEGER)
/** A duration in milliseconds. */
export const milliseconds: Field<number, false> = integer(0, Number.MAX_SAFE_INTEGER)
/** What is left of a sender's patience, in milliseconds. */
export const budgetMs: Field<number, false> = integer(1, MAX_BUDGET_MS)
/** The incarnation of a room's log. */
export const epoch: Field<string, false> = field(
  'a string of at most 64 characters',
  value => typeof value === 'string' && value.length <= 64,
)
/** A secret that a client was given. */
export const secret: Field<string, false> = field(
  'a string of 1–4,096 characters',
  value => typeof value === 'string' && value.length > 0 && value.length <= 4_096,
)
/** A W3C trace context header. */
export const traceparent: Field<string, false> = field(
  'a W3C traceparent',
  value => typeof value === 'string' && /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(value),
)
/** The W3C header that goes with it: what tracing systems add, at most the length that each must pass on. */
export const tracestate: Field<string, false> = field(
  'a W3C tracestate of at most 512 characters',
  value => typeof value === 'string' && /^[\t\x20-\x7e]{1,512}$/.test(value),
)
/** A time: RFC 3339, UTC, milliseconds. */
export const time: Field<string, false> = field(
  'an RFC 3339 time in UTC with milliseconds',
  value => typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value),
)
/** Where to resume a room. */
export const position = object({ epoch, seq })
/** A person, as others see them. */
export const person = object({ id: string, name: string })
