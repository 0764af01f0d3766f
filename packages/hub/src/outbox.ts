import type { Connection } from './connection.ts'
import type { Outgoing } from './outgoing.ts'

/** While the platform still holds this much, the rest waits here, where it can be counted and dropped. */
const WRITE_WINDOW = 64 * 1024

/** How much one session may be owed. */
export interface OutboxLimits {
  /** Queued and handed to the platform but not taken. */
  readonly bytes: number
  /** Queued. */
  readonly frames: number
}

/**
 * What one connection is owed. Bounded in bytes and in frames at every instant, and written in as few system
 * calls as the window allows: the caller pushes during a turn and flushes once at its end.
 */
export class Outbox {
  readonly #connection: Connection
  readonly #limits: OutboxLimits
  #frames: unknown[] = []
  #sizes: number[] = []
  #bytes = 0
  #written = 0

  constructor(connection: Connection, limits: OutboxLimits) {
    this.#connection = connection
    this.#limits = limits
  }

  /** Queued frames. */
  get length(): number {
    return this.#frames.length
  }

  /** Queued bytes and those that the platform still holds. */
  get bytes(): number {
    return this.#bytes + this.#connection.bufferedBytes
  }

  /** Bytes that the platform has taken so far. */
  get taken(): number {
    return this.#written - this.#connection.bufferedBytes
  }

  /** Queues a message; false, with nothing queued, where it does not fit. */
  push(outgoing: Outgoing): boolean {
    const { transport } = this.#connection
    const frame = outgoing.frame(transport)
    const size = transport.size(frame)
    if (this.#frames.length >= this.#limits.frames || this.bytes + size > this.#limits.bytes) return false
    this.#frames.push(frame)
    this.#sizes.push(size)
    this.#bytes += size
    return true
  }

  /** Hands over what fits the write window, in one call. The rest goes with the next drain. */
  flush(): void {
    let room = WRITE_WINDOW - this.#connection.bufferedBytes
    let count = 0
    while (count < this.#frames.length && room > 0) {
      room -= this.#sizes[count] ?? 0
      count += 1
    }
    if (count === 0) return
    const batch = this.#take(count)
    this.#connection.write(batch)
  }

  #take(count: number): readonly unknown[] {
    if (count === this.#frames.length) {
      const all = this.#frames
      this.#written += this.#bytes
      this.clear()
      return all
    }
    for (const size of this.#sizes.splice(0, count)) {
      this.#bytes -= size
      this.#written += size
    }
    return this.#frames.splice(0, count)
  }

  /** Forgets what is queued. */
  clear(): void {
    this.#frames = []
    this.#sizes = []
    this.#bytes = 0
  }
}
