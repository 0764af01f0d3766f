import type { Outgoing } from './outgoing.ts'
import type { Room } from './room.ts'
import type { Session } from './session.ts'

/** Something of the room that is held back from one subscriber. */
interface Held {
  readonly frame: Outgoing
  /** Set on a message, and on a `reset`. */
  readonly seq: number | undefined
  /** Set on a `reset`: what `seq` and all behind it counts in. */
  readonly epoch?: string
}

/** A session's place in a room. */
export interface Subscription {
  readonly session: Session
  readonly room: Room
  /** The last seq that this session was given; what is not above it is not sent again. */
  seq: number
  /** The number of the last broadcast that its `joined` frame covers. */
  since: number
  /** When it last said that the user is writing, in monotonic milliseconds. */
  typedAt: number
  /** Whether the user was counted as present for it. */
  present: boolean
  /** What comes live and waits for the `joined` frame; undefined once it was sent. */
  pending: Held[] | undefined
  /** Bytes of what is in `pending`. */
  pendingBytes: number
  /** `pending` is complete behind this seq; undefined until the room knows where it is. */
  pendingFrom: number | undefined
}

/** Held frames may take this part of the outbox's room (one in `PART`); the rest is for the `joined` before them. */
const PART = 4

/**
 * Holds something of the room back from who is joining, as far as a part of what may be owed to them allows. With more,
 * who joins again is given what waits now, and who joins for the first time has it read from the log.
 */
export function holdBack(subscription: Subscription, held: Held): void {
  const { pending, room, session } = subscription
  if (!pending) return
  const { size } = held.frame.for(session.connection.transport)
  if (!session.hasRoom(PART * (pending.length + 1), PART * (subscription.pendingBytes + size))) {
    if (subscription.present) room.goOn(subscription)
    subscription.pending = []
    subscription.pendingBytes = 0
    // What the log answers must not be older than this.
    subscription.pendingFrom =
      pending.findLast(({ seq }) => seq !== undefined)?.seq ?? subscription.pendingFrom
  }
  subscription.pending?.push(held)
  subscription.pendingBytes += size
}
