/** `@hubbub/hub`: the chat hub's core. Transports, the client and the test kit are entry points of their own. */
export { createHub } from './create-hub.ts'
export type { Hub } from './hub.ts'
export type { CloseOptions, Credentials, HubLimits, HubOptions, RoomRule } from './options.ts'
export type { Explanation, Incident } from './flight-record.ts'
export type { BroadcastTrace, JoinTrace, PublishTrace } from './trace.ts'
export type { RevocationTarget } from './revocation.ts'
export type { Overflow } from './outbox.ts'
export type { User } from './identities.ts'
export type { Context, Host, Middleware, Next, Request } from './middleware.ts'
export type { Connection, Peer, Transport } from './connection.ts'
export type { Appended, Awaitable, Draft, LoggedMessage, MessageLog, Page, Position, Range } from './log.ts'
export { memoryLog, type MemoryLogOptions } from './logs/memory.ts'
export { type Cancel, type Clock, type Scheduler, secret, systemClock, systemScheduler } from './clock.ts'
export { HubError, isRefusal, type RefusalDetails } from './errors.ts'
export { Close, ERROR_CODES, type ErrorCode, mayReconnect, PROTOCOL } from './protocol/codes.ts'
export {
  type Author,
  type ChatMessage,
  type ClientMessage,
  type ClientMessageOf,
  type Member,
  type ServerMessage,
  type ServerMessageOf,
} from './protocol/messages.ts'
export { parseClientMessage, type Parsed } from './protocol/parse.ts'
export { cleanName, isRoomName, nameKey } from './protocol/values.ts'
