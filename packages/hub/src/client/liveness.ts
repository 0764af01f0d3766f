import type { Cancel, Clock } from '../clock.ts'

/** Shortest heartbeat that is kept, in milliseconds: a server that promises one more often is not asked as often. */
const MIN_HEARTBEAT_MS = 1_000

/** What a silent server leads to. */
export interface LivenessEvents {
  ping(id: string): void
  /** Called once. */
  dead(): void
}

/**
 * Notices a connection whose other end is gone without a word. A page cannot see WebSocket pings, so it asks
 * with the protocol's own: after one heartbeat of silence, and gives up after one more. Any frame is life.
 */
export class Liveness {
  readonly #clock: Clock
  readonly #events: LivenessEvents
  #heartbeatMs = 0
  #lastSign = 0
  #asked = 0
  #pinged = false
  #timer: Cancel | undefined

  constructor(clock: Clock, events: LivenessEvents) {
    this.#clock = clock
    this.#events = events
  }

  /** A heartbeat of 0 means that the server promises none. */
  start(heartbeatMs: number): void {
    this.stop()
    if (heartbeatMs <= 0) return
    this.#heartbeatMs = Math.max(heartbeatMs, MIN_HEARTBEAT_MS)
    this.sign()
    this.#wait(this.#heartbeatMs)
  }

  /** Something was received. Costs no timer: the one that is set looks at when this was. */
  sign(): void {
    this.#lastSign = this.#clock.monotonic()
    this.#pinged = false
  }

  stop(): void {
    this.#timer?.()
    this.#timer = undefined
  }

  #wait(ms: number): void {
    this.#timer = this.#clock.setTimer(() => {
      this.#check()
    }, ms)
  }

  #check(): void {
    this.#timer = undefined
    if (this.#pinged) {
      this.#events.dead()
      return
    }
    const left = this.#lastSign + this.#heartbeatMs - this.#clock.monotonic()
    if (left > 0) {
      this.#wait(left)
      return
    }
    // Set before it is sent: sending may end the link, which stops this.
    this.#pinged = true
    this.#asked += 1
    this.#wait(this.#heartbeatMs)
    this.#events.ping(`ping-${this.#asked}`)
  }
}
