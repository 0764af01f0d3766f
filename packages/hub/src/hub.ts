import { Appends } from './appends.ts'
import { draftOf } from './bot-post.ts'
import type { Clock } from './clock.ts'
import type { Connection } from './connection.ts'
import { Dispatch } from './dispatch.ts'
import { STOPPING } from './errors.ts'
import { type Explanation, FlightRecords } from './flight-record.ts'
import { Identities } from './identities.ts'
import type { Appended } from './log.ts'
import type { Host, Middleware } from './middleware.ts'
import type { CloseOptions, HubLimits, ResolvedOptions } from './options.ts'
import { PastRevocations } from './past-revocations.ts'
import { Close } from './protocol/codes.ts'
import { Requests } from './requests.ts'
import { record, type RevocationTarget, targets } from './revocation.ts'
import { Rooms } from './rooms.ts'
import { Session } from './session.ts'
import { Sessions } from './sessions.ts'

/** However late it is, closers have so long: more than a transport of the hub takes to cut what does not end. */
const CLOSERS_MS = 3_000

/** Releases something when the hub closes. */
export type Closer = (leftMs: number) => void | Promise<void>

/** A chat hub on one node. Make one with `createHub`; give it connections through a transport. */
export class Hub implements Host {
  readonly #options: ResolvedOptions
  readonly #sessions: Sessions
  readonly #identities: Identities
  readonly #rooms: Rooms
  readonly #appends: Appends
  readonly #past: PastRevocations
  readonly #records = new FlightRecords()
  readonly #dispatch: Dispatch
  readonly #closers = new Set<Closer>()
  /** Whether the closers were called. */
  #over = false
  /** Connections so far. */
  #accepted = 0
  #closing: Promise<void> | undefined

  /** @internal Use `createHub`. */
  constructor(options: ResolvedOptions) {
    this.#options = options
    const { clock, scheduler, secret, limits } = options
    this.#sessions = new Sessions(clock, scheduler, limits.sliceMs)
    this.#identities = new Identities(clock, secret, limits.sessionGraceMs)
    this.#rooms = new Rooms(options, this.#sessions)
    this.#appends = new Appends(this.#rooms, options)
    this.#past = new PastRevocations(options, this.#rooms.deadline)
    this.#dispatch = new Dispatch(this, {
      options,
      sessions: this.#sessions,
      identities: this.#identities,
      past: this.#past,
      rooms: this.#rooms,
      requests: new Requests(this.#rooms, this.#appends, options),
      records: this.#records,
    })
    for (const name of options.reservedNames) this.#identities.reserve(name)
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
    this.#dispatch.use(middleware)
    const uninstall = middleware.install?.(this)
    if (uninstall) this.onClose(uninstall)
    return this
  }

  /**
   * Has `closer` called when the hub closes, with what is left of the deadline in milliseconds; at once where that has
   * happened. One that takes 3 s more than that is left behind, and `onError` is told. The returned function takes
   * `closer` back.
   */
  onClose(closer: Closer): () => void {
    if (this.#over) {
      void this.#release([closer], 0)
      return () => {}
    }
    this.#closers.add(closer)
    return () => {
      this.#closers.delete(closer)
    }
  }

  /** Takes a connection in. A transport calls this once, before the first message can come. */
  accept(connection: Connection): void {
    if (!this.ready) {
      connection.close(Close.restart, STOPPING)
      return
    }
    this.#accepted += 1
    this.#sessions.add(new Session(this.#accepted, connection, this.#dispatch, this.clock))
  }

  /**
   * Appends a bot's message to a room and shows it: the same id again lands on the first place. Rejects as a client's
   * publish is refused: with `bad-request` or `too-large` and the `field` where a value will never do, with
   * `unavailable` where the log does not answer in time.
   */
  async post(message: Parameters<Host['post']>[0]): Promise<Appended> {
    const draft = draftOf(message)
    this.reserveName(draft.author.name)
    return this.#appends.append(message.room, draft)
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
    this.#past.note(target)
    this.#identities.revoke(meant)
    this.#sessions.revoke(meant)
    await record(target, this.#options.secret(), this.#appends)
  }

  /**
   * Why a session was closed or lost something: what happened to its newest connection, in sizes, ids and codes.
   * Undefined where the session is unknown or ended more than a thousand sessions ago.
   */
  explain(session: string): Explanation | undefined {
    return this.#records.get(session)?.explain()
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
   * served until then, and is closed with 1012 once all that it had said is answered; at `deadlineMs` the rest.
   * Then the appends in hand land, as far as the deadline lets them, and listeners, middleware and timers are
   * released. Idempotent: the first call decides. A log that the caller passed in stays open.
   */
  close(options: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#close(options)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(options: CloseOptions): Promise<void> {
    // From here on `ready` is false: the caller has the promise before anything else happens.
    await Promise.resolve()
    const began = this.clock.monotonic()
    const { windowMs = Math.min(5_000, 5 * this.#sessions.size), deadlineMs = 10_000 } = options
    await this.#sessions.drain({ windowMs, deadlineMs, random: this.#options.random })
    const left = (): number => Math.max(0, deadlineMs - (this.clock.monotonic() - began))
    await this.#appends.settled(Math.min(this.limits.logMs, left()))
    this.#over = true
    await this.#releaseInTime([...this.#closers].toReversed(), left())
    this.#closers.clear()
    this.#appends.close()
    this.#identities.clear()
    this.#rooms.close()
    await this.#options.closeLog?.()
  }

  async #releaseInTime(closers: readonly Closer[], leftMs: number): Promise<void> {
    const late = Promise.withResolvers<void>()
    const cancel = this.clock.setTimer(() => {
      this.#options.onError?.(new Error('what closes with the hub did not end in time'))
      late.resolve()
    }, leftMs + CLOSERS_MS)
    await Promise.race([this.#release(closers, leftMs), late.promise])
    cancel()
  }

  async #release(closers: readonly Closer[], leftMs: number): Promise<void> {
    const release = async (closer: Closer): Promise<void> => {
      try {
        await closer(leftMs)
      } catch (error) {
        this.#options.onError?.(error)
      }
    }
    await Promise.all(closers.map(release))
  }
}
