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
  /** `pending` is complete behind this seq; undefined until the room knows where it is. */
  pendingFrom: number | undefined
}
