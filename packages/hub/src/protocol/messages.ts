/** Every message of `hubbub.v1`, both ways. The types, the validation and PROTOCOL.md's tables come from here. */
import { ERROR_CODES } from './codes.ts'
import {
  bool,
  field,
  type Field,
  type Fields,
  integer,
  list,
  type Message,
  object,
  oneOf,
  optional,
  string,
  type Wire,
} from './schema.ts'
import {
  budgetMs,
  epoch,
  id,
  MAX_PAGE,
  milliseconds,
  name,
  person,
  position,
  room,
  secret,
  seq,
  text,
  time,
  traceparent,
  tracestate,
} from './values.ts'

function message<T extends string, S extends Fields>(type: T, purpose: string, fields: S): Message<T, S> {
  return { type, purpose, fields }
}

const author = object({ id: string, name: string, kind: oneOf('user', 'bot') })
const members = list(object({ id: string, name: string, kind: oneOf('user', 'bot') }))
const chat = {
  room,
  seq,
  id: string,
  author,
  text: string,
  at: time,
  replyTo: optional(string),
}
const limits: Field<Readonly<Record<string, number>>, false> = field(
  'an object of numbers',
  value => typeof value === 'object' && value !== null,
)

/** What a client may send. */
export const clientMessages = {
  hello: message('hello', 'Says who this is. Must come first; may be repeated after a refusal.', {
    id,
    token: optional(secret),
    name: optional(name),
    session: optional(secret),
  }),
  join: message('join', 'Subscribes to a room; resumes it behind `after`, or asks for the `last` messages.', {
    id,
    room,
    after: optional(position),
    last: optional(integer(0, MAX_PAGE)),
  }),
  leave: message('leave', 'Ends a subscription.', { id, room }),
  publish: message('publish', 'Posts a text, or gives a command to a bot. A retry has the same `id`.', {
    id,
    room,
    text,
    budgetMs: optional(budgetMs),
    traceparent: optional(traceparent),
    tracestate: optional(tracestate),
  }),
  history: message('history', 'Asks for a page of messages before a seq; the newest where it is absent.', {
    id,
    room,
    before: optional(seq),
    limit: optional(integer(1, MAX_PAGE)),
  }),
  rooms: message('rooms', 'Asks which rooms there are.', { id }),
  typing: message('typing', 'Tells the room that this user is writing, at most every 3 s.', { room }),
  ping: message('ping', 'Asks for a `pong` with the same id.', { id }),
  pong: message('pong', 'Answers a `ping` of the server.', { id }),
} as const

/** What a server may send. */
export const serverMessages = {
  welcome: message('welcome', 'Answers `hello`.', {
    id: string,
    session: string,
    resumed: bool,
    user: person,
    limits,
    heartbeatMs: milliseconds,
  }),
  joined: message('joined', 'Answers `join`; precedes everything else of the room.', {
    id: string,
    room,
    epoch,
    seq,
    messages: list(object(chat)),
    members,
    count: integer(0, Number.MAX_SAFE_INTEGER),
    version: integer(0, Number.MAX_SAFE_INTEGER),
    recovered: bool,
    reason: optional(oneOf('epoch', 'trimmed', 'too-far', 'ahead')),
  }),
  left: message('left', 'The subscription ended, asked for or not.', {
    id: optional(string),
    room,
    reason: string,
  }),
  message: message('message', 'A message of a joined room, in the order of `seq`.', chat),
  ack: message('ack', 'The publish is in the log under `seq`, or a bot has the command.', {
    id: string,
    room,
    seq: optional(seq),
    command: optional(bool),
  }),
  history: message('history', 'A page of messages; `complete` where it holds the oldest that is kept.', {
    id: string,
    room,
    messages: list(object(chat)),
    complete: bool,
  }),
  rooms: message('rooms', 'The rooms there are, with the number of people in each.', {
    id: string,
    rooms: list(object({ name: string, count: integer(0, Number.MAX_SAFE_INTEGER) })),
  }),
  presence: message('presence', 'Who came and who went since the version before.', {
    room,
    version: integer(0, Number.MAX_SAFE_INTEGER),
    joined: members,
    left: members,
    count: integer(0, Number.MAX_SAFE_INTEGER),
  }),
  typing: message('typing', 'Somebody is writing; shown for 6 s.', { room, user: person }),
  reset: message('reset', 'The room goes on from another place: the next message has `seq` + 1.', {
    room,
    epoch,
    seq,
    reason: string,
  }),
  skipped: message('skipped', 'These messages were left out, because this client was too slow.', {
    room,
    from: seq,
    to: seq,
  }),
  drain: message('drain', 'This node stops: the connection closes in about that time; connect again then.', {
    reconnectAfterMs: milliseconds,
  }),
  error: message('error', 'A request was refused.', {
    id: optional(string),
    code: oneOf(...ERROR_CODES),
    message: string,
    field: optional(string),
    retryAfterMs: optional(milliseconds),
  }),
  pong: message('pong', 'Answers `ping`.', { id: string }),
  ping: message('ping', 'Asks whether the client is there; any frame answers it.', { id: string }),
} as const

/** Any message that a client may send. */
export type ClientMessage = Wire<(typeof clientMessages)[keyof typeof clientMessages]>
/** Any message that a server may send. */
export type ServerMessage = Wire<(typeof serverMessages)[keyof typeof serverMessages]>
/** The client's message of one type. */
export type ClientMessageOf<T extends ClientMessage['type']> = Extract<ClientMessage, { type: T }>
/** The server's message of one type. */
export type ServerMessageOf<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>
/** A message of a room, as it is shown. */
export type ChatMessage = Omit<ServerMessageOf<'message'>, 'type'>
/** Who wrote a message. */
export type Author = ChatMessage['author']
/** Somebody who is in a room. */
export type Member = ServerMessageOf<'joined'>['members'][number]
