import { HubError } from './errors.ts'
import type { ResolvedOptions } from './options.ts'
import type { ClientMessageOf } from './protocol/messages.ts'
import { recover, type Recovery, type ResumePoint } from './recovery.ts'
import type { Subscription } from './subscription.ts'
import type { Rooms } from './rooms.ts'
import type { Session } from './session.ts'

/** Messages of a join that names neither `after` nor `last`. */
const DEFAULT_LAST = 50
/** Reads of one join, before the log is called unavailable. */
const READS = 5

/**
 * Subscribes a session to a room and answers `joined`. Live messages wait while history is read, and are
 * merged by seq behind it: there is no moment in which a message could fall between the two. Joining again
 * is harmless and answers anew. Throws a HubError; a first join that fails leaves nothing behind.
 */
export async function join(
  session: Session,
  request: ClientMessageOf<'join'>,
  rooms: Rooms,
  options: ResolvedOptions,
): Promise<void> {
  const { identity } = session
  if (!identity) throw new HubError('unauthenticated', 'say hello first')
  const { limits } = options
  const { id, room: name, after, last = DEFAULT_LAST } = request
  const before = session.subscriptions.get(name)
  if (!before) {
    await rooms.require(name, identity.user)
    if (!session.open) return
    if (session.subscriptions.size >= limits.roomsPerSession)
      throw new HubError('forbidden', `one connection may join at most ${limits.roomsPerSession} rooms`, {
        field: 'room',
      })
  }
  const subscription = before ?? subscribe(session, name, rooms)
  const { room } = subscription
  room.hold(subscription)
  try {
    const recovery = await rooms.deadline.within(() => read(subscription, after, last, options))
    if (!session.open) return
    if (!subscription.present) room.presence.enter(identity)
    subscription.present = true
    session.send({ type: 'joined', id, room: name, ...room.presence.snapshot(), ...recovery })
    room.release(subscription, recovery)
    const { recovered, reason } = recovery
    session.record.note({ what: 'joined', room: name, recovered, reason })
  } catch (error) {
    // Where it was joined before, it still is, and goes on where it was.
    if (before) room.goOn(subscription)
    else unsubscribe(session, subscription, rooms, false)
    throw error
  }
}

/** Reads until the answer meets what has been delivered since: as a rule the first one does. */
async function read(
  subscription: Subscription,
  after: ResumePoint | undefined,
  last: number,
  { log, limits }: ResolvedOptions,
): Promise<Recovery> {
  const { room } = subscription
  // A `joined` must leave room for what else the client is owed, or it would be the end of the connection.
  const bytes = Math.floor(limits.outboxBytes * 0.75)
  const bounds = {
    messages: limits.recoveryMessages,
    bytes,
    pageBytes: Math.min(limits.pageBytes, bytes),
  }
  for (let attempt = 0; attempt < READS; attempt += 1) {
    const recovery = await recover(log, room.name, after, last, bounds)
    if (room.meets(subscription, recovery.epoch, recovery.seq)) return recovery
    // The log may have begun anew: then the room has to, before anybody can join it.
    await room.heal()
  }
  throw new HubError('unavailable', 'the message log is behind; try again')
}

function subscribe(session: Session, name: string, rooms: Rooms): Subscription {
  const room = rooms.open(name)
  const subscription: Subscription = {
    session,
    room,
    seq: 0,
    since: 0,
    typedAt: -Infinity,
    present: false,
    pending: undefined,
    pendingBytes: 0,
    pendingFrom: undefined,
  }
  room.subscriptions.add(subscription)
  session.subscriptions.add(subscription)
  return subscription
}

/** Ends a subscription; with `grace` the user is shown for a while longer. */
export function unsubscribe(
  session: Session,
  subscription: Subscription,
  rooms: Rooms,
  grace: boolean,
): void {
  const { room } = subscription
  if (!room.subscriptions.delete(subscription)) return
  session.subscriptions.delete(subscription)
  if (subscription.present && session.identity) room.presence.exit(session.identity, grace)
  rooms.release(room)
}
