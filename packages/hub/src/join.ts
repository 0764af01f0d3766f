import { within } from './deadline.ts'
import { HubError } from './errors.ts'
import type { ResolvedOptions } from './options.ts'
import type { ClientMessageOf } from './protocol/messages.ts'
import { recover } from './recovery.ts'
import type { Subscription } from './room.ts'
import type { Rooms } from './rooms.ts'
import type { Session } from './session.ts'

/** Messages of a join that names neither `after` nor `last`. */
const DEFAULT_LAST = 50

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
  const { limits, log, clock } = options
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
  subscription.pending = []
  // A `joined` must leave room for what else the client is owed, or it would be the end of the connection.
  const bytes = Math.floor(limits.outboxBytes * 0.75)
  try {
    const recovery = await within(
      clock,
      limits.logMs,
      recover(log, name, after, last, {
        messages: limits.recoveryMessages,
        bytes,
        pageBytes: Math.min(limits.pageBytes, bytes),
      }),
      'the message log',
    )
    if (!session.open) return
    room.learn(recovery.epoch, recovery.seq)
    if (!subscription.present) room.presence.enter(identity.user)
    subscription.present = true
    session.send({ type: 'joined', id, room: name, ...room.presence.snapshot(), ...recovery })
    subscription.epoch = recovery.epoch
    subscription.seq = recovery.seq
    room.release(subscription)
  } catch (error) {
    if (before) room.release(subscription)
    else unsubscribe(session, subscription, rooms, false)
    throw error
  }
}

function subscribe(session: Session, name: string, rooms: Rooms): Subscription {
  const room = rooms.open(name)
  const subscription: Subscription = { session, room, seq: 0, epoch: '', pending: [], present: false }
  room.subscriptions.add(subscription)
  session.subscriptions.set(name, subscription)
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
  session.subscriptions.delete(room.name)
  if (subscription.present && session.identity) room.presence.exit(session.identity.user, grace)
  rooms.release(room)
}
