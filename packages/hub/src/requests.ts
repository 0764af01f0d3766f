import { HubError } from './errors.ts'
import type { Draft } from './log.ts'
import type { Request } from './middleware.ts'
import type { ResolvedOptions } from './options.ts'
import { Outgoing } from './outgoing.ts'
import type { ClientMessageOf } from './protocol/messages.ts'
import { MAX_PAGE } from './protocol/values.ts'
import type { Appends } from './appends.ts'
import { join, unsubscribe } from './join.ts'
import { fitPage } from './recovery.ts'
import type { Rooms } from './rooms.ts'
import type { Session } from './session.ts'
import { traced } from './trace.ts'

/** Messages of a page that names no limit. */
const DEFAULT_PAGE = 50
const TYPING_MS = 3_000

/** What becomes of a request once every middleware has let it pass. */
export class Requests {
  readonly #rooms: Rooms
  readonly #appends: Appends
  readonly #options: ResolvedOptions

  constructor(rooms: Rooms, appends: Appends, options: ResolvedOptions) {
    this.#rooms = rooms
    this.#appends = appends
    this.#options = options
  }

  /**
   * Carries a request out and answers it. `entered` is called as soon as the session's next frame may be
   * handled: for a publish, when the log has it in hand.
   */
  async run(session: Session, request: Request, entered: () => void): Promise<void> {
    switch (request.type) {
      case 'join':
        return this.#join(session, request)
      case 'leave':
        this.#leave(session, request)
        return undefined
      case 'publish':
        return this.#publish(session, request, entered)
      case 'history':
        return this.#history(session, request, entered)
      case 'rooms':
        return this.#list(session, request)
      case 'typing':
        this.#typing(session, request)
        return undefined
    }
  }

  /** Throws `not-joined`. */
  requireJoined(session: Session, room: string): void {
    if (!session.subscriptions.has(room))
      throw new HubError('not-joined', `join ${room} first`, { field: 'room' })
  }

  #join(session: Session, request: ClientMessageOf<'join'>): Promise<void> {
    const work = () => join(session, request, this.#rooms, this.#options)
    if (!traced.join.watched) return work()
    const user = session.identity?.user.id ?? ''
    return traced.join.promise({ room: request.room, user, resumes: request.after !== undefined }, work)
  }

  async #publish(session: Session, request: ClientMessageOf<'publish'>, entered: () => void): Promise<void> {
    const { identity } = session
    if (!identity) throw new HubError('unauthenticated', 'say hello first')
    const { id, room, text } = request
    const { id: author, name } = identity.user
    const draft: Draft = { id, author: { id: author, name, kind: 'user' }, text }
    const { traceparent, tracestate } = request
    const trace = { room, user: author, id, traceparent, tracestate, seq: 0 }
    const append = () =>
      this.#appends.append(room, draft, ({ seq }) => {
        trace.seq = seq
        session.send({ type: 'ack', id, room, seq })
      })
    const work = traced.publish.watched ? traced.publish.promise(trace, append) : append()
    entered()
    await work
  }

  #leave(session: Session, { id, room }: ClientMessageOf<'leave'>): void {
    const subscription = session.subscriptions.get(room)
    if (!subscription) throw new HubError('not-joined', `${room} was not joined`, { field: 'room' })
    subscription.room.catchUp(subscription)
    unsubscribe(session, subscription, this.#rooms, false)
    session.record.note({ what: 'left', room })
    session.send({ type: 'left', id, room, reason: 'asked' })
  }

  async #list(session: Session, { id }: ClientMessageOf<'rooms'>): Promise<void> {
    if (session.identity)
      session.send({ type: 'rooms', id, rooms: await this.#rooms.list(session.identity.user) })
  }

  async #history(session: Session, request: ClientMessageOf<'history'>, entered: () => void): Promise<void> {
    this.requireJoined(session, request.room)
    const { log, limits } = this.#options
    const { id, room, before, limit = DEFAULT_PAGE } = request
    const range = { limit: Math.min(limit, MAX_PAGE), ...(before === undefined ? {} : { before }) }
    const work = this.#rooms.deadline.within(() => log.read(room, range))
    entered()
    const page = await work
    const messages = fitPage(room, page.messages, Math.min(limits.pageBytes, limits.outboxBytes / 2))
    const first = messages[0]?.seq ?? before ?? page.seq + 1
    session.send({ type: 'history', id, room, messages, complete: first <= page.oldest })
  }

  #typing(session: Session, { room }: ClientMessageOf<'typing'>): void {
    const { user } = session.identity ?? {}
    const subscription = session.subscriptions.get(room)
    // It has no id to answer, and is of no use later: what cannot be shown is dropped.
    if (!user || !subscription) return
    const now = this.#options.clock.monotonic()
    if (now - subscription.typedAt < TYPING_MS) return
    subscription.typedAt = now
    subscription.room.broadcast(new Outgoing({ type: 'typing', room, user: { ...user } }), session)
  }
}
