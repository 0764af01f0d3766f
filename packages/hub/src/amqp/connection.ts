import { type Clock, systemClock } from '../clock.ts'
import { DEFAULT_BACKOFF } from './backoff.ts'
import { type AmqpConnectionOptions, validBackoff, validUrls } from './connection-options.ts'
import { type AmqpState, type OnAmqpEvent, tell } from './events.ts'
import { explain } from './failure.ts'
import { HostTurns, type TurnEnd } from './host-turns.ts'
import { redactUrl } from './redact.ts'
import { openSession, type Session } from './session.ts'
import { asError, pause } from './wait.ts'
import { Waiters } from './waiters.ts'

/** Something that lives on a connection and moves to the next one: a kept channel. */
export interface Part {
  attach(session: Session): void
}

/** Plain numbers about a connection. */
export interface AmqpConnectionStats {
  readonly state: AmqpState
  /** Why the broker takes no messages at the moment; absent: it does. */
  readonly blocked: string | undefined
  /** How many connections were established. */
  readonly connects: number
  /** How many trials failed. */
  readonly failures: number
}

// A connection that ends sooner counts as a failed trial: else a broker that accepts and drops is hammered.
const STABLE_MS = 1_000

/**
 * One AMQP connection that is supervised: it connects in the background, never gives up until `close`, and
 * declares the topology before its parts go on. Losing the broker is not an error but a state.
 * @throws TypeError or RangeError where an option is wrong; an address is never quoted
 */
export class AmqpConnection implements AsyncDisposable {
  readonly clock: Clock
  readonly random: () => number
  readonly name: string
  readonly onEvent: OnAmqpEvent | undefined
  readonly #options: AmqpConnectionOptions
  readonly #urls: readonly string[]
  readonly #turns: HostTurns
  readonly #parts = new Set<Part>()
  readonly #blockedListeners = new Set<() => void>()
  readonly #waiters = new Waiters()
  readonly #closing = new AbortController()
  readonly #running: Promise<void>
  #session: Session | undefined
  #state: AmqpState = 'open'
  #connects = 0
  #failures = 0

  constructor(options: AmqpConnectionOptions) {
    this.#options = options
    this.#urls = validUrls(options.urls)
    const backoff = validBackoff(options.backoff ?? DEFAULT_BACKOFF)
    this.name = options.name ?? 'hubbub'
    this.onEvent = options.onEvent
    this.clock = options.clock ?? systemClock
    this.random = options.random ?? Math.random
    this.#turns = new HostTurns(this.#urls, backoff, this.random)
    this.#running = this.#run()
  }

  get state(): AmqpState {
    return this.#state
  }

  /** The hosts, without users and passwords. */
  get hosts(): readonly string[] {
    return this.#urls.map(redactUrl)
  }

  /** Why the broker takes no messages at the moment; absent: it does, as far as is known. */
  get blocked(): string | undefined {
    return this.#session?.blocked
  }

  get closed(): boolean {
    return this.#closing.signal.aborted
  }

  /** The connection as it is now; absent while it is down. */
  get session(): Session | undefined {
    return this.#state === 'closed' ? this.#session : undefined
  }

  stats(): AmqpConnectionStats {
    return {
      state: this.#state,
      blocked: this.blocked,
      connects: this.#connects,
      failures: this.#failures,
    }
  }

  /** Resolves once the connection is up; rejects when the signal aborts or the connection is closed. */
  async up(signal?: AbortSignal): Promise<void> {
    await this.#waiters.until(() => this.#state === 'closed' || this.closed, signal)
    if (this.closed) throw new Error(`the AMQP connection "${this.name}" is closed`)
  }

  /** Attaches a part to this connection and to every later one, until the returned function is called. */
  add(part: Part): () => void {
    this.#parts.add(part)
    if (this.session) part.attach(this.session)
    return () => {
      this.#parts.delete(part)
    }
  }

  /** Calls `listener` whenever the broker takes messages again, until the returned function is called. */
  onUnblocked(listener: () => void): () => void {
    this.#blockedListeners.add(listener)
    return () => {
      this.#blockedListeners.delete(listener)
    }
  }

  /** Ends the connection and all trials. Close the parts first. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#session?.close()
    await this.#running
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #run(): Promise<void> {
    // The owner adds its parts in the turn in which it made the connection.
    await Promise.resolve()
    while (!this.closed) {
      const { url } = this.#turns
      this.#enter('half-open')
      const began = this.clock.monotonic()
      const { error, end } = await this.#trial(url)
      if (this.closed) break
      this.#enter('open')
      const now = this.clock.monotonic()
      const retryInMs = this.#turns.end(end === 'lost' && now - began < STABLE_MS ? 'failed' : end, now)
      tell(this.onEvent, { type: 'down', connection: this.name, host: redactUrl(url), error, retryInMs })
      await pause(this.clock, retryInMs, this.#closing.signal)
    }
    this.#enter('open')
    this.#waiters.wake()
  }

  /** Connects and stays until the connection has ended; returns why it did. */
  async #trial(url: string): Promise<{ readonly error: Error; readonly end: TurnEnd }> {
    try {
      this.#session = await openSession(url, {
        name: this.name,
        clock: this.clock,
        timeout: this.#options.connectTimeout ?? 10_000,
        heartbeat: this.#options.heartbeat ?? 10,
        tls: this.#options.tls,
        topology: this.#options.topology,
        closing: this.#closing.signal,
        onBlocked: reason => {
          tell(this.onEvent, { type: 'blocked', connection: this.name, reason })
          if (reason === undefined) for (const listener of this.#blockedListeners) listener()
        },
      })
    } catch (error) {
      this.#failures += 1
      const failure = explain(asError(error), url)
      return { error: failure.error, end: failure.hopeless ? 'hopeless' : 'failed' }
    }
    const session = this.#session
    if (this.closed) await session.close()
    this.#connects += 1
    this.#enter('closed')
    for (const part of this.#parts) part.attach(session)
    this.#waiters.wake()
    const error = await session.ended
    this.#session = undefined
    const reason = error?.message ?? 'closed by the other side'
    return { error: new Error(`the connection ended: ${reason}`, { cause: error }), end: 'lost' }
  }

  #enter(state: AmqpState): void {
    if (this.#state === state) return
    this.#state = state
    tell(this.onEvent, { type: 'state', connection: this.name, state })
  }
}
