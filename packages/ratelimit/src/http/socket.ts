import { type LimiterClock, systemClock } from '../clock.ts'
import { checkNumber } from '../input.ts'
import { settingsOf } from '../options.ts'
import { priceOf } from '../price.ts'
import type { Rate } from '../rate.ts'
import { Timeline } from '../timeline.ts'

/** A rate and a burst: of messages, or of bytes. */
export interface SocketRate {
  readonly requestsPerSecond: number
  readonly burst: number
}

export interface SocketLimiterOptions {
  readonly messages: SocketRate
  /** A message larger than the burst of bytes is never accepted. @default not limited */
  readonly bytes?: SocketRate
  /** Close after this many refusals in a row; `Infinity`: never. @default 20 */
  readonly closeAfter?: number
  /** @default 1008, policy violation */
  readonly closeCode?: number
  readonly clock?: LimiterClock
}

/**
 * What to do with a message: take it; leave it (`drop`); leave it and tell the client (`warn`, the first in a
 * row); or close the socket with `closeCode`.
 */
export type SocketAction = 'accept' | 'drop' | 'warn' | 'close'

/** The limit of one socket. It lives with the socket: there is no table and nothing to look up. */
export interface SocketLimit {
  /** Decides on a message of so many bytes. Ask before parsing it. */
  take(bytes?: number): SocketAction
  /** Messages refused since the last accepted one. */
  readonly refusedInARow: number
  readonly closeCode: number
}

/**
 * Makes limits for sockets.
 *
 * @example
 * const limitSocket = createSocketLimiter({ messages: { requestsPerSecond: 10, burst: 20 }, closeCode: 4429 })
 * server.on('connection', socket => {
 *   const limit = limitSocket()
 *   socket.on('message', data => {
 *     const action = limit.take(data.length)
 *     if (action === 'close') socket.close(limit.closeCode, 'too many messages')
 *     else if (action === 'accept') handle(data)
 *   })
 * })
 *
 * @throws RangeError or TypeError that names the option and the accepted range.
 */
export function createSocketLimiter(options: SocketLimiterOptions): () => SocketLimit {
  const { messages, bytes, closeAfter = 20, closeCode = 1008, clock = systemClock } = options
  if (closeAfter !== Infinity) checkNumber('closeAfter', closeAfter, { min: 1, max: 1e9, whole: true })
  checkNumber('closeCode', closeCode, { min: 1000, max: 4999, whole: true })
  const messageRate = new SharedRate(messages, clock)
  const byteRate = bytes && new SharedRate(bytes, clock)
  return () => new SocketBuckets(messageRate, byteRate, closeAfter, closeCode)
}

/** The rate and the time of many buckets. */
class SharedRate {
  readonly rate: Rate
  readonly timeline: Timeline
  /** How far moments have been moved since the start: a bucket catches up when it is used. */
  shifted = 0

  constructor({ requestsPerSecond, burst }: SocketRate, clock: LimiterClock) {
    const { rate } = settingsOf({ requestsPerSecond, burst, clock })
    this.rate = rate
    this.timeline = new Timeline(clock, rate.perMicrosecond, rate.refillMs, shift => {
      this.shifted += shift
    })
  }
}

class Bucket {
  readonly #shared: SharedRate
  #fullAt = 0
  #shifted: number

  constructor(shared: SharedRate) {
    this.#shared = shared
    this.#shifted = shared.shifted
  }

  /** The moment at which the bucket would be full after `cost`, for `take`; -1 where it has not that much. */
  ask(cost: number): number {
    const { rate, timeline } = this.#shared
    const now = timeline.now()
    this.#fullAt -= this.#shared.shifted - this.#shifted
    this.#shifted = this.#shared.shifted
    const fullAt = Math.max(this.#fullAt, now) + priceOf(rate, cost)
    return fullAt - now <= rate.capacity ? fullAt : -1
  }

  take(fullAt: number): void {
    this.#fullAt = fullAt
  }
}

class SocketBuckets implements SocketLimit {
  readonly closeCode: number
  readonly #messages: Bucket
  readonly #bytes: Bucket | undefined
  readonly #closeAfter: number
  refusedInARow = 0

  constructor(messages: SharedRate, bytes: SharedRate | undefined, closeAfter: number, closeCode: number) {
    this.#messages = new Bucket(messages)
    this.#bytes = bytes && new Bucket(bytes)
    this.#closeAfter = closeAfter
    this.closeCode = closeCode
  }

  take(bytes = 0): SocketAction {
    const messagesAt = this.#messages.ask(1)
    const bytesAt = this.#bytes?.ask(bytes) ?? 0
    if (messagesAt >= 0 && bytesAt >= 0) {
      this.#messages.take(messagesAt)
      this.#bytes?.take(bytesAt)
      this.refusedInARow = 0
      return 'accept'
    }
    this.refusedInARow++
    if (this.refusedInARow >= this.#closeAfter) return 'close'
    return this.refusedInARow === 1 ? 'warn' : 'drop'
  }
}
