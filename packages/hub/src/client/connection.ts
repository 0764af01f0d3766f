import type { Cancel } from '../clock.ts'
import { Close, mayReconnect } from '../protocol/codes.ts'
import type { ClientMessage, ServerMessage, ServerMessageOf } from '../protocol/messages.ts'
import { Backoff } from './backoff.ts'
import { askToken } from './credentials.ts'
import { ClientError } from './errors.ts'
import { Handshake, type Verdict } from './handshake.ts'
import { Link, UNEXPLAINED } from './link.ts'
import type { ResolvedClientOptions } from './options.ts'
import type { ClientState } from './types.ts'

/** Least wait after the server called this client a flood, in milliseconds. */
const FLOOD_MS = 30_000
/** Most wait after an announced end: the server has spread its clients already, in milliseconds. */
const DRAIN_MS = 500

/** After so many attempts that failed without a word it is said what that may mean. */
const SILENT_ATTEMPTS = 3

/** What a connection tells the client. */
export interface ConnectionEvents {
  state(state: ClientState): void
  online(welcome: ServerMessageOf<'welcome'>): void
  /** The link is gone; another will be tried, unless `closed` follows. */
  offline(): void
  received(message: ServerMessage): void
  error(error: ClientError): void
  /** For good; `error` says why. Called once, before the last `state`. */
  closed(error: ClientError, code: number): void
}

/** Keeps one link up: connects, says hello, waits and connects again, until it is closed or told not to. */
export class Connection {
  readonly #options: ResolvedClientOptions
  readonly #events: ConnectionEvents
  readonly #backoff: Backoff
  readonly #handshake: Handshake
  readonly #over = new AbortController()
  #state: ClientState = { status: 'connecting', attempt: 1 }
  #link: Link | undefined
  #retry: Cancel | undefined
  #attempts = 0
  /** Attempts that failed without a word since a socket was open. */
  #unexplained = 0
  #onlineSince: number | undefined
  #drained = false

  constructor(options: ResolvedClientOptions, events: ConnectionEvents) {
    this.#options = options
    this.#events = events
    this.#backoff = new Backoff(options.backoff, options.random)
    this.#handshake = new Handshake({
      name: options.name,
      onNameTaken: options.onNameTaken,
      nextId: options.secret,
      clock: options.clock,
    })
  }

  get state(): ClientState {
    return this.#state
  }

  /** Begins the first attempt. */
  start(): void {
    void this.#attempt()
  }

  /** Sends a message where the connection is online; else nothing happens. */
  send(message: ClientMessage): void {
    if (this.#state.status === 'online') this.#link?.send(message)
  }

  /** Ends with code 1000. Resolves when the socket is closed. */
  async close(): Promise<void> {
    const link = this.#link
    const goodbye = link?.close()
    this.#finish(Close.normal, new ClientError('closed', 'the client was closed'))
    await goodbye
  }

  async #attempt(): Promise<void> {
    this.#attempts += 1
    if (this.#state.status === 'waiting') this.#become({ status: 'connecting', attempt: this.#attempts })
    const { url, connect, clock, token } = this.#options
    const { signal } = this.#over
    let credential: string | undefined
    try {
      credential = await askToken(token, clock, signal)
    } catch (error) {
      if (!signal.aborted) this.#failed(error)
      return
    }
    if (signal.aborted) return
    this.#drained = false
    try {
      const link: Link = new Link(() => connect(url), clock, {
        opened: () => {
          this.#unexplained = 0
          link.send(this.#handshake.hello(credential))
        },
        received: message => {
          this.#received(link, message)
        },
        malformed: problem => {
          this.#events.error(
            new ClientError('internal', `the server sent what is not of the protocol: ${problem}`),
          )
        },
        ended: (code, reason) => {
          this.#ended(code, this.#explain(reason))
        },
      })
      this.#link = link
    } catch (cause) {
      this.#failed(new ClientError('unavailable', 'no socket could be opened', { cause }))
    }
  }

  #received(link: Link, message: ServerMessage): void {
    // A server that stops says so to everybody, welcome or not yet.
    if (message.type === 'drain') this.#drained = true
    else if (this.#state.status === 'online') {
      if (message.type !== 'welcome') this.#events.received(message)
    } else if (message.type === 'welcome' && this.#handshake.isAnswer(message)) this.#welcomed(link, message)
    else if (message.type === 'error' && this.#handshake.isAnswer(message))
      this.#refused(link, this.#handshake.refused(message))
    else if (message.type === 'error') this.#events.received(message)
  }

  #welcomed(link: Link, welcome: ServerMessageOf<'welcome'>): void {
    this.#handshake.welcomed(welcome)
    this.#attempts = 0
    this.#onlineSince = this.#options.clock.monotonic()
    const { session, resumed, user } = welcome
    this.#state = { status: 'online', session, resumed, user }
    link.welcomed(welcome.heartbeatMs)
    this.#events.online(welcome)
    // What was just sent may have ended it.
    if (this.#link === link) this.#events.state(this.#state)
  }

  #refused(link: Link, verdict: Verdict): void {
    if (verdict.kind === 'again') {
      link.send(verdict.hello)
      return
    }
    this.#link = undefined
    link.drop()
    const { kind, error } = verdict
    // What we have done to ourselves and what passes by itself is only a reason to wait.
    if (kind === 'never' || !verdict.ours) this.#events.error(error)
    if (this.#state.status === 'closed') return
    if (kind === 'never') this.#finish(verdict.code, error)
    else this.#wait(Math.max(this.#backoff.next(), error.retryAfterMs ?? 0), error.message)
  }

  /** An attempt that did not even get as far as a socket. */
  #failed(error: unknown): void {
    const failure = error instanceof ClientError ? error : new ClientError('internal', String(error))
    this.#events.error(failure)
    if (this.#state.status !== 'closed') this.#wait(this.#backoff.next(), failure.message)
  }

  #ended(code: number, reason: string): void {
    this.#link = undefined
    this.#handshake.ended()
    const { clock, backoff, random } = this.#options
    // A connection that never lasts must not be tried for ever without a wait: only one that did begins anew.
    const lasted = this.#onlineSince !== undefined && clock.monotonic() - this.#onlineSince >= backoff.maxMs
    if (lasted) this.#backoff.reset()
    this.#onlineSince = undefined
    if (this.#state.status === 'closed') return
    if (!mayReconnect(code)) {
      this.#finish(code, closedBy(code, reason))
      return
    }
    if (code === Close.flood) this.#wait(FLOOD_MS + this.#backoff.next(), reason)
    else if (this.#drained) this.#wait(random() * DRAIN_MS, reason)
    else this.#wait(this.#backoff.next(), reason)
  }

  /** A page is not told why a handshake failed: what is the same each time should not look like bad weather. */
  #explain(reason: string): string {
    if (reason !== UNEXPLAINED) return reason
    this.#unexplained += 1
    if (this.#unexplained < SILENT_ATTEMPTS) return reason
    return `${reason} ${this.#unexplained} times: the server cannot be reached, or refuses this origin`
  }

  #wait(ms: number, reason: string): void {
    this.#retry = this.#options.clock.setTimer(() => {
      this.#retry = undefined
      void this.#attempt()
    }, ms)
    const state: ClientState = { status: 'waiting', attempt: this.#attempts + 1, retryInMs: ms, reason }
    const wasOnline = this.#state.status === 'online'
    this.#state = state
    if (wasOnline) this.#events.offline()
    if (this.#state === state) this.#events.state(state)
  }

  #finish(code: number, error: ClientError): void {
    if (this.#state.status === 'closed') return
    this.#link = undefined
    this.#retry?.()
    this.#retry = undefined
    this.#state = { status: 'closed', code, reason: error.message }
    this.#over.abort(error)
    this.#events.closed(error, code)
    this.#events.state(this.#state)
  }

  #become(state: ClientState): void {
    this.#state = state
    this.#events.state(state)
  }
}

/** The error that stands for a server's last word. */
function closedBy(code: number, reason: string): ClientError {
  switch (code) {
    case Close.unauthenticated:
      return new ClientError('unauthenticated', reason)
    case Close.revoked:
      return new ClientError('forbidden', reason)
    case Close.tooLarge:
      return new ClientError('too-large', reason)
    default:
      return new ClientError('closed', reason)
  }
}
