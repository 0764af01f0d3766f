/** The message log: the linearization point of a room. Whoever orders and keeps messages implements this. */
import type { Author } from './protocol/messages.ts'

/** A message that has no place in the room yet. */
export interface Draft {
  /** The client's message id; its retry has the same. */
  readonly id: string
  readonly author: Author
  readonly text: string
  /** On a bot's reply: the id of the command, as its client sent it. */
  readonly replyTo?: string
}

/** Where a draft landed. */
export interface Appended {
  /** The incarnation of the room that `seq` counts in: what a read at that moment would have said. */
  readonly epoch: string
  readonly seq: number
  /** Epoch milliseconds; never decreases with seq. */
  readonly at: number
  /** It was in the log already: `seq` and `at` are those of the first time. */
  readonly duplicate: boolean
}

/** A message with its place. */
export interface LoggedMessage extends Draft {
  readonly seq: number
  readonly at: number
}

/** A run of messages in ascending order. */
export interface Page {
  readonly epoch: string
  /** The room's newest seq at the time of the read. */
  readonly seq: number
  /** The oldest seq that is kept; `seq` + 1 where nothing is. */
  readonly oldest: number
  readonly messages: readonly LoggedMessage[]
}

/** How far a room has come. */
export interface Position {
  readonly epoch: string
  readonly seq: number
}

/** Which messages: those after a seq, oldest first, or the last ones before a seq (absent: the newest). */
export type Range =
  | { readonly after: number; readonly limit: number }
  | { readonly before?: number; readonly limit: number }

/** Wherever a log may answer at once, it does; a hub over a memory log never waits. */
export type Awaitable<T> = T | Promise<T>

/**
 * Assigns contiguous numbers per room, keeps history, and knows a message that it has seen.
 *
 * An implementation MUST apply the `append` calls of one room in the order of the calls; MUST dedupe on
 * (room, author, id) over every kept message and at least 10 minutes, where all bots count as one author;
 * and MUST reject an append only when it is sure or unsure that nothing landed, never resolve one that did
 * not. A room's epoch is random, and settled when the room is first read or written. Wherever a seq might be given
 * a second time, because the room was lost or put back, the epoch MUST be another one by then, and the answer to the
 * first append MUST say so: a hub finds out by that.
 */
export interface MessageLog {
  /** Names this log: made with its database; random for a memory log. 1–64 letters, digits, '-'. */
  readonly id: string
  /** Whether several nodes may use it at once. */
  readonly shared: boolean
  /** Whether its messages outlive this process. */
  readonly durable: boolean
  append(room: string, drafts: readonly Draft[]): Awaitable<readonly Appended[]>
  read(room: string, range: Range): Awaitable<Page>
  positions(rooms: readonly string[]): Awaitable<readonly Position[]>
  /** Releases what the log holds. Idempotent. */
  close(): Awaitable<void>
}
