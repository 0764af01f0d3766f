/** The client SDK's contract. */
import type { Clock } from '../clock.ts'
import type { Author, ChatMessage, Member, ServerMessageOf } from '../protocol/messages.ts'
import type { ErrorCode } from '../protocol/codes.ts'

export type { Author, ChatMessage, Member }

/** The part of the platform's `WebSocket` that the client uses. */
export interface ClientSocket {
  send(text: string): void
  close(code?: number, reason?: string): void
  onopen: (() => void) | null
  onmessage: ((event: { readonly data: unknown }) => void) | null
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null
  onerror: ((event: unknown) => void) | null
}

/** Opens a socket. Called once per attempt. */
export type Connect = (url: string) => ClientSocket

/** How to reach a hub, and as whom. */
export interface ClientOptions {
  /** `ws://` or `wss://` address of the hub. */
  readonly url: string | URL
  /** The name to use where the hub takes guests. */
  readonly name?: string
  /**
   * Asked when the server refuses the name because somebody has it: returns another to try at once, or undefined
   * to give up. `attempt` counts from 1. A name that is most likely kept for an earlier connection of ours is
   * tried again instead, until no server can keep it any more (3 minutes). Where this throws, or returns what is
   * no name, the client ends as if there were none, with that as the `cause`.
   */
  readonly onNameTaken?: (name: string, attempt: number) => string | undefined
  /**
   * The credential, or how to get a fresh one: asked before every connection. It has 10 s, and its signal aborts
   * when nobody waits for it any more; a failure is told as an `error`, and asked again after the backoff.
   */
  readonly token?: string | ((signal: AbortSignal) => string | Promise<string>)
  /** @default the platform's `WebSocket` with subprotocol `hubbub.v1` */
  readonly connect?: Connect
  /** Aborting closes the client. */
  readonly signal?: AbortSignal
  /** Full jitter between 0 and min(maxMs, minMs × 2ⁿ). @default { minMs: 250, maxMs: 15_000 } */
  readonly backoff?: { readonly minMs?: number; readonly maxMs?: number }
  /** Most publishes that wait while there is no connection, or no log; one more is refused. @default 200 */
  readonly queue?: number
  /** @default the machine's clock */
  readonly clock?: Clock
  /** Chance, for jitter only. @default Math.random */
  readonly random?: () => number
  /** Makes message ids. @default 128 random bits */
  readonly secret?: () => string
}

/** What the connection is doing. `attempt` counts from 1 since the last `welcome`; while waiting, the one to come. */
export type ClientState =
  | { readonly status: 'connecting'; readonly attempt: number }
  | {
      readonly status: 'online'
      readonly session: string
      readonly resumed: boolean
      readonly user: { id: string; name: string }
    }
  | {
      readonly status: 'waiting'
      readonly attempt: number
      readonly retryInMs: number
      readonly reason: string
    }
  /** For good: closed by us, or the server told us not to come back. */
  | { readonly status: 'closed'; readonly code: number; readonly reason: string }

/** Ends a subscription to an event. Idempotent. */
export type Unsubscribe = () => void

/** Events of a client. */
export interface ClientEvents {
  state: (state: ClientState) => void
  /** An error that answers no request of ours, a refused `hello`, or three attempts that no platform explains. */
  error: (error: ClientError) => void
}

/** One thing that a room delivers. The kinds force the reader of a room to handle a gap. */
export type Delivery =
  | { readonly kind: 'message'; readonly message: ChatMessage }
  /** History has a hole before what comes next: it goes on behind `seq` of `epoch`. */
  | { readonly kind: 'reset'; readonly epoch: string; readonly seq: number; readonly reason: string }
  /** These messages were left out because this client was too slow. Fetch them with `history`. */
  | { readonly kind: 'skipped'; readonly from: number; readonly to: number }

/** Events of a room. */
export interface RoomEvents {
  /** Messages and gaps, in order, each once, over any number of reconnections. */
  delivery: (delivery: Delivery) => void
  /** Each time the server has confirmed the subscription (first and after a reconnection). */
  joined: (joined: ServerMessageOf<'joined'>) => void
  /** Who is here changed; `members` is empty above 200 people. */
  presence: (presence: { readonly members: readonly Member[]; readonly count: number }) => void
  typing: (user: { readonly id: string; readonly name: string }) => void
  /** The subscription ended and will not come back by itself. */
  left: (reason: string) => void
}

/** How a text is published. */
export interface PublishOptions {
  /** The message's id. @default 128 random bits */
  readonly id?: string
  readonly signal?: AbortSignal
  /** W3C trace context of whatever led to this: it goes along, to the bot that answers and back. */
  readonly traceparent?: string
  /** What tracing systems add to `traceparent`; of no use without it. */
  readonly tracestate?: string
}

/** What became of a publish. */
export type Receipt =
  | { readonly kind: 'message'; readonly id: string; readonly seq: number }
  | { readonly kind: 'command'; readonly id: string }

/** A subscription to one room; lives over reconnections. */
export interface ClientRoom {
  readonly name: string
  readonly members: readonly Member[]
  readonly count: number
  /** Resolves when the server has confirmed the first join; rejects with a ClientError where it refuses. */
  readonly ready: Promise<void>
  on<E extends keyof RoomEvents>(event: E, handler: RoomEvents[E]): Unsubscribe
  /**
   * Posts a text or a command. Kept while there is no connection, and while the server's log does not answer
   * (`unavailable`), and sent again with the same id until it is settled or 10 minutes old; the publishes of one
   * room never overtake each other, but for those that were under way with one that found no log. Rejects with a
   * ClientError (the server's code, or `unsettled` when too old, `queue-full`, `closed`, `not-joined` once the room
   * is left) or with the signal's reason. A command (`/name`, `/name=…`, `/name …`) is for somebody who waits: it is
   * too old after 30 s from this call, says what is left of them each time that it is sent, and its `unavailable`,
   * by which bots are unreachable or it is too late for one, is told at once. A `rate-limited` is for the caller to
   * answer, except for what was queued: that is sent again by itself after the time that the server asks for. Aborting
   * ends the wait; a publish that is under way by then may still land.
   */
  publish(text: string, options?: PublishOptions): Promise<Receipt>
  /**
   * A page of older messages, ascending; `complete` where there are none before it. Rejects with a ClientError
   * (`timeout` after 10 s, without connection as well), with the signal's reason, or with a RangeError or TypeError
   * where `before` or `limit` (1–200) is out of range.
   */
  history(range?: {
    readonly before?: number
    readonly limit?: number
    readonly signal?: AbortSignal
  }): Promise<{ readonly messages: readonly ChatMessage[]; readonly complete: boolean }>
  /** Says that the user is writing; sends at most every 3 s, and nothing while there is no connection. */
  typing(): void
  /** Ends the subscription. Resolves when the server has said so, or cannot. Never rejects. Idempotent. */
  leave(): Promise<void>
}

/** A connection to a hub that keeps itself alive. */
export interface Client {
  readonly state: ClientState
  on<E extends keyof ClientEvents>(event: E, handler: ClientEvents[E]): Unsubscribe
  /** Resolves with the user once `welcome` has come; rejects with a ClientError when the client closes first. */
  readonly ready: Promise<{ readonly id: string; readonly name: string }>
  /**
   * Joins a room, or returns the subscription that there is. `after` resumes, `last` is the history wanted (50).
   * Add handlers in the same turn, and nothing is missed. A name that no server would take is refused as one would
   * refuse it: `ready` rejects with `bad-request`. Throws a RangeError or TypeError where an option is out of range.
   */
  join(
    room: string,
    options?: { readonly last?: number; readonly after?: { readonly epoch: string; readonly seq: number } },
  ): ClientRoom
  /** The rooms there are. Rejects as `history` does. */
  rooms(options?: {
    readonly signal?: AbortSignal
  }): Promise<readonly { readonly name: string; readonly count: number }[]>
  /** Publishes that have no answer yet. */
  readonly pending: number
  /** Ends with code 1000: session, name and presence go at once. Unsettled publishes reject. Idempotent. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Codes of a ClientError: the server's, and the client's own. */
export type ClientErrorCode = ErrorCode | 'closed' | 'queue-full' | 'unsettled' | 'timeout'
/** A request that failed. Implemented in `client/errors.ts`. */
export interface ClientError extends Error {
  readonly code: ClientErrorCode
  readonly field: string | undefined
  readonly retryAfterMs: number | undefined
}
