import { errorFrame, HubError, isRefusal } from './errors.ts'
import type { FlightRecords } from './flight-record.ts'
import { type Door, greet } from './hello.ts'
import { lineFull } from './inbound.ts'
import { unsubscribe } from './join.ts'
import { compose, type Host, type Middleware, type Request } from './middleware.ts'
import type { HubLimits } from './options.ts'
import { Close } from './protocol/codes.ts'
import type { ClientMessage, ClientMessageOf } from './protocol/messages.ts'
import { parseClientMessage } from './protocol/parse.ts'
import { RequestContext } from './request-context.ts'
import type { Requests } from './requests.ts'
import type { Rooms } from './rooms.ts'
import type { SessionOwner } from './session-owner.ts'
import type { Session } from './session.ts'
import type { Sessions } from './sessions.ts'

const MAX_MALFORMED = 20
const MAX_REFUSED = 100
/** Frames that are not as the protocol says: so many at once, and one more each time that this has passed. */
const MAX_UNREADABLE = 100
const UNREADABLE_MS = 100

/** What frames are dispatched to. */
export interface DispatchParts extends Door {
  readonly sessions: Sessions
  readonly rooms: Rooms
  readonly requests: Requests
  readonly records: FlightRecords
}

/** What becomes of a frame: it is read, goes through the middleware, is carried out, and is always answered. */
export class Dispatch implements SessionOwner {
  readonly limits: HubLimits
  readonly #host: Host
  readonly #parts: DispatchParts
  readonly #chain: Middleware[] = []
  #run: (context: RequestContext) => Promise<void>

  constructor(host: Host, parts: DispatchParts) {
    this.limits = parts.options.limits
    this.#host = host
    this.#parts = parts
    this.#run = this.#compose()
  }

  use(middleware: Middleware): void {
    this.#chain.push(middleware)
    this.#run = this.#compose()
  }

  handle(session: Session, text: string, waitedMs: number): Promise<void> | undefined {
    const parsed = parseClientMessage(text)
    if (!parsed.ok) {
      session.send(parsed.error)
      session.malformed = parsed.malformed ? session.malformed + 1 : 0
      const now = this.#parts.options.clock.monotonic()
      session.unreadable = Math.max(session.unreadable, now) + UNREADABLE_MS
      if (session.malformed >= MAX_MALFORMED) session.end(Close.malformed, 'too many malformed frames')
      else if (session.unreadable - now > MAX_UNREADABLE * UNREADABLE_MS)
        session.end(Close.flood, 'too many frames that are not as the protocol says')
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
        return this.#greet(session, message)
      default:
        return this.#request(session, message, waitedMs)
    }
  }

  refuse(session: Session, text: string, inARow: number): void {
    const parsed = parseClientMessage(text)
    const message = parsed.ok ? parsed.message : undefined
    if (message?.type !== 'typing') session.send(errorFrame(lineFull(this.limits.inboundFrames), message?.id))
    if (inARow >= MAX_REFUSED) session.end(Close.flood, 'too many frames at once')
  }

  owe(session: Session): void {
    this.#parts.sessions.owe(session)
  }

  failed(error: unknown): void {
    this.#parts.options.onError?.(error)
  }

  ended(session: Session, code: number, byPeer: boolean): void {
    this.#parts.sessions.remove(session)
    // A client that says goodbye is gone at once; any other end may be a tunnel, a deploy, a closed lid.
    const goodbye = byPeer && code === Close.normal
    for (const subscription of session.subscriptions.values())
      unsubscribe(session, subscription, this.#parts.rooms, !goodbye)
    const { identity } = session
    if (!identity) return
    this.#parts.records.end(identity.session, session.record)
    if (goodbye) {
      this.#parts.identities.remove(identity)
      this.#parts.rooms.forget(identity)
    } else this.#parts.identities.detach(identity, session)
  }

  async #greet(session: Session, hello: ClientMessageOf<'hello'>): Promise<void> {
    try {
      await greet(session, hello, this.#parts)
      if (session.identity) this.#parts.records.keep(session.identity.session, session.record)
    } catch (error) {
      this.#answer(session, hello, error)
    }
  }

  /** Runs one request through the chain; the promise keeps the line until the next frame may follow. */
  #request(session: Session, request: Request, waitedMs: number): Promise<void> | undefined {
    const { identity } = session
    if (!identity) {
      this.#answer(session, request, new HubError('unauthenticated', 'say hello first'))
      return undefined
    }
    const refuse = (error: unknown): void => {
      if (context.answer()) this.#answer(session, request, error)
      else this.#report(error)
    }
    const context = new RequestContext(session, { identity, host: this.#host, request, waitedMs, refuse })
    return Promise.race([context.entered, this.#through(session, context, refuse)])
  }

  async #through(session: Session, context: RequestContext, refuse: (error: unknown) => void): Promise<void> {
    const { request } = context
    session.begin()
    try {
      if (request.type === 'publish') this.#parts.requests.requireJoined(session, request.room)
      await this.#run(context)
      if (!context.taken && session.open) throw new Error('no middleware answered, and none called next()')
    } catch (error) {
      refuse(error)
    } finally {
      session.settle()
    }
  }

  #compose(): (context: RequestContext) => Promise<void> {
    return compose(
      [...this.#chain],
      (context: RequestContext) => context.carryOut(this.#parts.requests),
      // Who was revoked while a middleware thought about it says nothing more; who was only cut says it again.
      context => context.over,
    )
  }

  /** Refusals are the client's; anything else is told to the operator. */
  #report(error: unknown): void {
    if (!isRefusal(error)) this.#parts.options.onError?.(error)
  }

  #answer(session: Session, request: ClientMessage, error: unknown): void {
    this.#report(error)
    // `typing` has no id, and a field of that name means nothing.
    const frame = errorFrame(error, request.type === 'typing' ? undefined : request.id)
    session.record.note({ what: 'refused', request: request.type, code: frame.code, field: frame.field })
    // Nobody could tell what was refused, and it is of no use later.
    if (request.type !== 'typing') session.send(frame)
  }
}
