import { Appends } from './appends.ts'
import type { Clock } from './clock.ts'
import type { Connection } from './connection.ts'
import { errorFrame, HubError, isRefusal } from './errors.ts'
import { greet } from './hello.ts'
import { Identities } from './identities.ts'
import { lineFull } from './inbound.ts'
import { unsubscribe } from './join.ts'
import type { Appended } from './log.ts'
import { compose, type Host, type Middleware, type Request } from './middleware.ts'
import type { CloseOptions, HubLimits, ResolvedOptions } from './options.ts'
import { Close } from './protocol/codes.ts'
import type { ClientMessage } from './protocol/messages.ts'
import { parseClientMessage } from './protocol/parse.ts'
import { RequestContext } from './request-context.ts'
import { Requests } from './requests.ts'
import { record, type RevocationTarget, targets } from './revocation.ts'
import { Rooms } from './rooms.ts'
import { Session, type SessionOwner } from './session.ts'
import { Sessions } from './sessions.ts'

const MAX_MALFORMED = 20
const MAX_REFUSED = 100

/** A chat hub on one node. Make one with `createHub`; give it connections through a transport. */
export class Hub implements Host, SessionOwner {
  readonly #options: ResolvedOptions
  readonly #sessions: Sessions
  readonly #identities: Identities
  readonly #rooms: Rooms
  readonly #appends: Appends
  readonly #requests: Requests
  readonly #chain: Middleware[] = []
  readonly #closers = new Set<() => void | Promise<void>>()
  #run: (context: RequestContext) => Promise<void>
  #closing: Promise<void> | undefined

  /** @internal Use `createHub`. */
  constructor(options: ResolvedOptions) {
    this.#options = options
    const { clock, scheduler, secret, limits } = options
    this.#sessions = new Sessions(clock, scheduler, limits.sliceMs)
    this.#identities = new Identities(clock, secret, limits.sessionGraceMs)
    this.#rooms = new Rooms(options, this.#sessions)
    this.#appends = new Appends(this.#rooms, options)
    this.#requests = new Requests(this.#rooms, this.#appends, options)
    for (const name of options.reservedNames) this.#identities.reserve(name)
    this.#run = this.#compose()
  }

  get log(): ResolvedOptions['log'] {
    return this.#options.log
  }

  get clock(): Clock {
    return this.#options.clock
  }

  get limits(): HubLimits {
    return this.#options.limits
  }

  /** Whether new connections are welcome: false from the first moment of `close`. */
  get ready(): boolean {
    return this.#closing === undefined
  }

  /** Puts a middleware behind those that are there. Requests that are under way keep the old chain. */
  use(middleware: Middleware): this {
    this.#chain.push(middleware)
    this.#run = this.#compose()
    const uninstall = middleware.install?.(this)
    if (uninstall) this.#closers.add(uninstall)
    return this
  }

  /** Has `closer` called when the hub closes; the returned function takes that back. */
  onClose(closer: () => void | Promise<void>): () => void {
    this.#closers.add(closer)
    return () => {
      this.#closers.delete(closer)
    }
  }

  /** Takes a connection in. A transport calls this once, before the first message can come. */
  accept(connection: Connection): void {
    if (!this.ready) {
      connection.close(Close.restart, 'the server is stopping')
      return
    }
    const session = new Session(connection, this, this.clock.monotonic())
    this.#sessions.add(session)
    const cancel = this.clock.setTimer(() => {
      if (!session.identity) session.end(Close.unauthenticated, 'no hello was accepted in time')
    }, this.limits.welcomeMs)
    session.signal.addEventListener('abort', cancel, { once: true })
  }

  /** Appends a bot's message to a room and shows it: the same id again lands on the first place. */
  async post(message: Parameters<Host['post']>[0]): Promise<Appended> {
    const { room, ...draft } = message
    if (draft.author.kind !== 'bot') throw new HubError('forbidden', 'post is for bots', { field: 'author' })
    this.reserveName(draft.author.name)
    return this.#appends.append(room, draft)
  }

  reserveName(name: string): void {
    this.#identities.reserve(name)
  }

  /**
   * Ends the sessions of a user, or one session, at once and for good: close 4403, and resuming is refused.
   * Whether the user may begin a new session is `authenticate`'s to say. Rejects with `unavailable` when the
   * log does not take it; the sessions have ended all the same.
   */
  async revoke(target: RevocationTarget): Promise<void> {
    const meant = targets(target)
    this.#identities.revoke(meant)
    this.#sessions.revoke(meant)
    await record(target, this.#options)
  }

  /** What the hub holds and has done, as plain numbers. */
  stats(): { sessions: number; identities: number; rooms: number; appended: number } {
    return {
      sessions: this.#sessions.size,
      identities: this.#identities.size,
      rooms: this.#rooms.size,
      appended: this.#appends.appended,
    }
  }

  /**
   * Stops. New connections get 503; every client is told when it will be closed, spread over `windowMs`, is
   * served until then, and is closed with 1012 once what it is owed is written; at `deadlineMs` the rest. Then
   * the appends in hand land, and listeners, middleware and timers are released. Idempotent: the first call
   * decides. A log that the caller passed in stays open.
   */
  close(options: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#close(options)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** @internal */
  handle(session: Session, text: string): Promise<void> | undefined {
    const parsed = parseClientMessage(text)
    if (!parsed.ok) {
      session.send(parsed.error)
      session.malformed = parsed.malformed ? session.malformed + 1 : 0
      if (session.malformed >= MAX_MALFORMED) session.end(Close.malformed, 'too many malformed frames')
      return undefined
    }
    session.malformed = 0
    const { message } = parsed
    switch (message.type) {
      case 'pong':
        return undefined
      case 'ping':
        session.send({ type: 'pong', id: message.id })
        return undefined
      case 'hello':
        return greet(session, message, this.#identities, this.#options).catch((error: unknown) => {
          this.#answer(session, message, error)
        })
      default:
        return this.#request(session, message)
    }
  }

  /** @internal */
  refuse(session: Session, text: string, inARow: number): void {
    const parsed = parseClientMessage(text)
    const id = parsed.ok && 'id' in parsed.message ? parsed.message.id : undefined
    session.send(errorFrame(lineFull(this.limits.inboundFrames), id))
    if (inARow >= MAX_REFUSED) session.end(Close.flood, 'too many frames at once')
  }

  /** @internal */
  owe(session: Session): void {
    this.#sessions.owe(session)
  }

  /** @internal */
  ended(session: Session, code: number, byPeer: boolean): void {
    this.#sessions.remove(session)
    // A client that says goodbye is gone at once; any other end may be a tunnel, a deploy, a closed lid.
    const goodbye = byPeer && code === Close.normal
    for (const subscription of session.subscriptions.values())
      unsubscribe(session, subscription, this.#rooms, !goodbye)
    const { identity } = session
    if (!identity) return
    if (goodbye) {
      this.#identities.remove(identity)
      this.#rooms.forget(identity.user.id)
    } else this.#identities.detach(identity, session.replace)
  }

  /** Runs one request through the chain; the promise keeps the line until the next frame may follow. */
  #request(session: Session, request: Request): Promise<void> | undefined {
    const { identity } = session
    if (!identity) {
      this.#answer(session, request, new HubError('unauthenticated', 'say hello first'))
      return undefined
    }
    const refuse = (error: unknown): void => {
      this.#answer(session, request, error)
    }
    const context = new RequestContext(session, identity, this, request, refuse)
    const done = this.#through(session, context).catch(refuse)
    return Promise.race([context.entered, done])
  }

  async #through(session: Session, context: RequestContext): Promise<void> {
    const { request } = context
    if (request.type === 'publish') this.#requests.requireJoined(session, request.room)
    await this.#run(context)
    if (!context.taken) throw new Error('no middleware answered, and none called next()')
  }

  #compose(): (context: RequestContext) => Promise<void> {
    return compose([...this.#chain], (context: RequestContext) => context.carryOut(this.#requests))
  }

  #answer(session: Session, request: ClientMessage, error: unknown): void {
    if (!isRefusal(error)) this.#options.onError?.(error)
    session.send(errorFrame(error, 'id' in request ? request.id : undefined))
  }

  async #close(options: CloseOptions): Promise<void> {
    // From here on `ready` is false: the caller has the promise before anything else happens.
    await Promise.resolve()
    const { windowMs = Math.min(5_000, 5 * this.#sessions.size), deadlineMs = 10_000 } = options
    await this.#sessions.drain({ windowMs, deadlineMs, random: this.#options.random })
    await this.#appends.settled(this.limits.logMs)
    const closers = [...this.#closers].toReversed()
    this.#closers.clear()
    const closed = await Promise.allSettled(closers.map(async closer => closer()))
    this.#identities.clear()
    this.#rooms.close()
    await this.#options.closeLog?.()
    for (const result of closed) if (result.status === 'rejected') this.#options.onError?.(result.reason)
  }
}
