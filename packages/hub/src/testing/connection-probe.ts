import assert from 'node:assert/strict'
import type { Connection } from '../connection.ts'
import type { Awaitable } from '../log.ts'

/** The other end of the connection under test, as raw as it can be had. */
export interface WirePeer {
  /** Sends one message's text. */
  send(text: string): void
  /** Reads no more, until `resume`. */
  pause(): void
  resume(): void
  /** Says goodbye with a code and a reason. */
  close(code: number, reason: string): void
  /** Is gone without a goodbye. */
  cut(): void
  /** Set by the suite before the first message can come. */
  onMessage: ((text: string) => void) | undefined
  /** Set by the suite. Called once, with what this end saw. */
  onClose: ((code: number, reason: string) => void) | undefined
  /** Bytes that have come, framing included, where the peer can count them. */
  readonly wireBytes?: number
}

/**
 * Opens a connection: gives this side to `accept` and resolves with the other end. `accept` plays the hub, and
 * sets the handlers.
 */
export type OpenConnection = (accept: (connection: Connection) => void) => Awaitable<WirePeer>

/** One promise of `Connection`, checked. */
export interface ConnectionCase {
  /** A sentence about the connection. */
  readonly name: string
  readonly needs?: 'deadline'
  readonly run: (probe: ConnectionProbe) => Promise<void>
}

/** How long a case waits for what must come: only a broken connection is waited for so long. */
const PATIENCE_MS = 5_000

/** Both ends, and all that they have seen, in order. */
export class ConnectionProbe {
  /** What this side was told: 'message x', 'close 1000 bye'. */
  readonly here: string[] = []
  /** What the other end was told. */
  readonly there: string[] = []
  drains = 0
  /** `bufferedBytes` at each `onDrain`. */
  readonly bufferedAtDrain: number[] = []
  readonly #wakers = new Set<() => void>()
  readonly #patienceMs: number
  #connection: Connection | undefined
  #peer: WirePeer | undefined

  constructor(patienceMs = PATIENCE_MS) {
    this.#patienceMs = patienceMs
  }

  get connection(): Connection {
    assert.ok(this.#connection, 'the connection was accepted')
    return this.#connection
  }

  get peer(): WirePeer {
    assert.ok(this.#peer, 'the peer is open')
    return this.#peer
  }

  async open(create: OpenConnection): Promise<void> {
    this.#peer = await create(connection => {
      this.#connection = connection
      connection.onMessage = text => this.#note(this.here, `message ${text}`)
      connection.onClose = (code, reason) => this.#note(this.here, `close ${code} ${reason}`)
      connection.onDrain = () => {
        this.drains += 1
        this.bufferedAtDrain.push(connection.bufferedBytes)
        this.#wake()
      }
    })
    this.#peer.onMessage = text => this.#note(this.there, `message ${text}`)
    this.#peer.onClose = (code, reason) => this.#note(this.there, `close ${code} ${reason}`)
    await this.until(() => this.#connection !== undefined, 'the connection is accepted')
  }

  /** Writes texts in one call. */
  write(...texts: readonly string[]): void {
    const { connection } = this
    connection.write(texts.map(text => connection.transport.encode(text)))
  }

  /** Resolves once `holds`; looks again whenever something happens and every few milliseconds. */
  async until(holds: () => boolean, what: string): Promise<void> {
    const deadline = performance.now() + this.#patienceMs
    while (!holds()) {
      if (performance.now() > deadline) assert.fail(`it did not come to this: ${what}`)
      await this.#change()
    }
  }

  /** Lets what is under way arrive: for what must not happen. */
  async quiet(): Promise<void> {
    for (let turn = 0; turn < 10; turn += 1) await this.#change()
  }

  /** Leaves nothing open, whatever the case did. */
  async end(): Promise<void> {
    this.peer.resume()
    this.peer.cut()
    await this.quiet()
  }

  #change(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, 3)
    this.#wakers.add(resolve)
    return promise.finally(() => {
      clearTimeout(timer)
      this.#wakers.delete(resolve)
    })
  }

  #note(log: string[], event: string): void {
    log.push(event)
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#wakers) wake()
  }
}
