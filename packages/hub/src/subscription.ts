import type { Outgoing } from './outgoing.ts'
import type { Room } from './room.ts'
import type { Session } from './session.ts'

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
  /** Live messages that wait for the `joined` frame; undefined once it was sent. */
  pending: { readonly seq: number; readonly frame: Outgoing }[] | undefined
  /** `pending` is complete behind this seq; undefined until the room knows where it is. */
  pendingFrom: number | undefined
}
