/** `@hubbub/hub/client`: a client that stays connected, for browsers and Node. */
export { createClient } from './client.ts'
export { ClientError } from './errors.ts'
export type {
  Author,
  ChatMessage,
  Client,
  ClientErrorCode,
  ClientEvents,
  ClientOptions,
  ClientRoom,
  ClientSocket,
  ClientState,
  Connect,
  Delivery,
  Member,
  PublishOptions,
  Receipt,
  RoomEvents,
  Unsubscribe,
} from './types.ts'
export type { Clock } from '../clock.ts'
export { Close, type ErrorCode, PROTOCOL } from '../protocol/codes.ts'
