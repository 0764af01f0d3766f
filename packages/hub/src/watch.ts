import type { Connection } from './connection.ts'
import type { Outbox } from './outbox.ts'

/** What a look at a connection asks for. */
export type Finding = 'alive' | 'ask' | 'silent' | 'stalled'

/** How long a connection may give no sign. */
export interface WatchLimits {
  readonly heartbeatMs: number
  readonly writeMs: number
  /** How much may wait for it. */
  readonly outboxBytes: number
}

/**
 * Whether the other end of one connection is still there: it says something, and it takes what it is owed.
 * Looked at now and then by one timer for all connections, instead of two timers for each.
 */
export class Watch {
  readonly #connection: Connection
  readonly #outbox: Outbox
  readonly #limits: WatchLimits
  #received = -1
  #heardAt: number
  /** When it was asked for a sign of life; undefined where it has given one since. */
  #askedAt: number | undefined
  #taken = -1
  #tookAt: number
  /** Whether the platform had something left at the last look. */
  #full = false

  constructor(connection: Connection, outbox: Outbox, limits: WatchLimits, now: number) {
    this.#connection = connection
    this.#outbox = outbox
    this.#limits = limits
    this.#heardAt = now
    this.#tookAt = now
  }

  /** @param now Monotonic milliseconds. */
  look(now: number): Finding {
    const { receivedBytes, bufferedBytes } = this.#connection
    const { taken, bytes } = this.#outbox
    // A platform that was full takes on when the peer has: that is life too, and what it is asked lies behind it all.
    if (receivedBytes !== this.#received || (this.#full && taken > this.#taken)) {
      this.#received = receivedBytes
      this.#heardAt = now
      this.#askedAt = undefined
    }
    this.#full = bufferedBytes > 0
    // What is not owed yet makes no progress either: its time begins when it is first seen to be owed.
    if (bytes === 0) this.#taken = -1
    // Answers to a peer that pings and reads nothing lie behind it all, and take away from what was taken.
    else if (taken > this.#taken) {
      this.#taken = taken
      this.#tookAt = now
    }
    const { writeMs, outboxBytes } = this.#limits
    // An outbox holds no more than that: on top come pongs to a peer that floods pings, and reads nothing.
    if (bytes > outboxBytes || (bytes > 0 && now - this.#tookAt >= writeMs)) return 'stalled'
    // Nobody is given up who was not asked: it may be this process that has slept for a while.
    const { heartbeatMs } = this.#limits
    if (this.#askedAt !== undefined) return now - this.#askedAt >= heartbeatMs ? 'silent' : 'alive'
    if (now - this.#heardAt < heartbeatMs) return 'alive'
    this.#askedAt = now
    return 'ask'
  }
}
