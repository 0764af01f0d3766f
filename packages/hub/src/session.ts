import type { Cancel, Clock } from './clock.ts'
import type { Connection } from './connection.ts'
import { STOPPING } from './errors.ts'
import { FlightRecord } from './flight-record.ts'
import type { Holder, Identity } from './identities.ts'
import { InboundLine, type LineOwner } from './inbound.ts'
import { Outbox, type Overflow } from './outbox.ts'
import { Outgoing } from './outgoing.ts'
import type { SessionOwner } from './session-owner.ts'
import { Subscriptions } from './subscriptions.ts'
import { Close } from './protocol/codes.ts'
import type { ServerMessage } from './protocol/messages.ts'
import { Watch } from './watch.ts'

/** Requests wait while more than this part of the outbox is owed. */
const CONGESTED = 8
const FAILED = 'the connection failed'

/**
 * One connection's life: `open → draining → closed`, once, whatever ends it. After `closed` nothing is sent
 * and nothing is handled.
 */
export class Session implements Holder, LineOwner {
  readonly number: number
  readonly connection: Connection
  readonly subscriptions = new Subscriptions()
  /** What happened to it, for `explain`. */
  readonly record: FlightRecord
  /** Malformed frames in a row. */
  malformed = 0
  /** When the frames that were not as the protocol says are forgiven, in monotonic milliseconds. */
  unreadable = 0
  readonly #owner: SessionOwner
  readonly #outbox: Outbox
  readonly #line: InboundLine
  readonly #watch: Watch
  #identity: Identity | undefined
  /** Made when somebody first asks for its signal: most sessions end without. */
  #abort: AbortController | undefined
  /** Ends a connection that was not welcomed in time. */
  #unwelcome: Cancel | undefined
  #open = true
  #leaving = false
  /** Requests that are not done with, in the line and behind it. */
  #working = 0

  /** @param number Counts connections in the order in which they came. */
  constructor(number: number, connection: Connection, owner: SessionOwner, clock: Clock) {
    const { limits } = owner
    this.number = number
    this.connection = connection
    this.record = new FlightRecord(clock)
    this.record.note({
      what: 'opened',
      transport: connection.transport.name,
      address: connection.peer.address,
    })
    this.#owner = owner
    this.#outbox = new Outbox(connection, limits)
    this.#line = new InboundLine(this, limits.inboundFrames, clock)
    this.#watch = new Watch(connection, this.#outbox, limits, clock.monotonic())
    this.#unwelcome = clock.setTimer(() => {
      this.end(Close.unauthenticated, 'no hello was accepted in time')
    }, limits.welcomeMs)
    connection.onMessage = text => {
      // What comes when it is leaving has crossed the close, as far as the peer can know.
      if (!this.#open || this.#leaving) return
      this.record.framesIn += 1
      this.#line.push(text)
    }
    connection.onDrain = () => {
      this.flush()
    }
    connection.onClose = (code, reason) => {
      this.#finish(code, reason, true)
    }
  }

  /** @internal Asked by its line. */
  get congested(): boolean {
    return this.#outbox.bytes > this.#owner.limits.outboxBytes / CONGESTED
  }

  /** @internal Called by its line. */
  handle(text: string, waitedMs: number): Promise<void> | undefined {
    return this.#open ? this.#owner.handle(this, text, waitedMs) : undefined
  }

  /** @internal Called by its line. */
  refuse(text: string, inARow: number): void {
    this.#owner.refuse(this, text, inARow)
  }

  /** @internal Called by its line. */
  idle(): void {
    if (this.#leaving) this.flush()
  }

  /** A request is under way; `settle` follows, behind its answer. */
  begin(): void {
    this.#working += 1
  }

  settle(): void {
    this.#working -= 1
    this.idle()
  }

  get open(): boolean {
    return this.#open
  }

  /** Who it is; undefined until `hello` was accepted. */
  get identity(): Identity | undefined {
    return this.#identity
  }

  /** `hello` was accepted. */
  welcome(identity: Identity): void {
    this.#unwelcome?.()
    this.#unwelcome = undefined
    this.#identity = identity
  }

  /** Ends this connection because its session was opened on another. */
  replace(): void {
    this.end(Close.replaced, 'the session was opened elsewhere')
  }

  /** Aborts when the session ends. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (!this.#open) this.#abort.abort()
    return this.#abort.signal
  }

  /** Queues a message and has it written at the end of this turn. */
  send(message: ServerMessage | Outgoing, overflow?: Overflow): void {
    if (this.queue(message instanceof Outgoing ? message : new Outgoing(message), overflow))
      this.#owner.owe(this)
  }

  /**
   * Queues a message; the caller flushes. Where it does not fit and its room drops nothing, the session ends: the
   * client resumes and reads what it missed. False where the session is over.
   */
  queue(outgoing: Outgoing, overflow?: Overflow): boolean {
    if (!this.#open) return false
    this.record.framesOut += 1
    if (this.#outbox.push(outgoing, overflow)) return true
    this.end(Close.slow, 'too slow: more was waiting than the limit allows')
    return false
  }

  /** Whether so much more could be owed to it. */
  hasRoom(frames: number, bytes: number): boolean {
    return this.#outbox.hasRoom(frames, bytes)
  }

  /** Writes what is owed. */
  flush(): void {
    if (!this.#open) return
    if (this.#outbox.length > 0) {
      const { bytes } = this.#outbox
      if (bytes > this.record.peakBytes) this.record.peakBytes = bytes
      if (!this.#write()) this.end(Close.internal, FAILED)
    }
    if (this.#line.held && !this.congested) this.#line.relieve()
    if (this.#leaving && this.#outbox.length === 0 && this.#working === 0 && !this.#line.busy)
      this.end(Close.restart, STOPPING)
  }

  /** Closes with 1012 as soon as all that it has said is answered, and nothing is owed. */
  leave(): void {
    this.#leaving = true
    this.flush()
  }

  /** Looks whether the peer is still there, and ends the session where it is not. */
  check(now: number): void {
    switch (this.#watch.look(now)) {
      case 'ask':
        this.record.note({ what: 'asked' })
        this.#ask()
        break
      case 'silent':
        this.end(Close.silent, 'nothing was heard for two heartbeats')
        break
      case 'stalled':
        this.end(Close.slow, 'too slow: what is owed makes no progress')
        break
      case 'alive':
        break
    }
  }

  /** Ends the session with a close code; what is owed goes out first as far as the peer takes it. */
  end(code: number, reason: string): void {
    if (!this.#open) return
    this.#write()
    this.#finish(code, reason, false)
    try {
      this.connection.close(code, reason)
    } catch (error) {
      this.#owner.failed(error)
    }
  }

  /** Writes what fits; false where the connection threw. Whoever else is served in this turn does not hear of that. */
  #write(): boolean {
    try {
      this.#outbox.flush()
      return true
    } catch (error) {
      this.#owner.failed(error)
      this.#outbox.clear()
      return false
    }
  }

  #ask(): void {
    const { connection } = this
    try {
      if (connection.ping) connection.ping()
      else this.send({ type: 'ping', id: 'alive' })
    } catch (error) {
      this.#owner.failed(error)
      this.end(Close.internal, FAILED)
    }
  }

  #finish(code: number, reason: string, byPeer: boolean): void {
    if (!this.#open) return
    this.#open = false
    this.#outbox.clear()
    this.#line.clear()
    this.record.open = false
    this.record.note({ what: 'closed', code, reason, byPeer })
    this.#unwelcome?.()
    this.#owner.ended(this, code, byPeer)
    this.#abort?.abort()
  }
}
