import type { Clock } from '../clock.ts'
import type { Deadline, DeadlineQueue } from '../deadline-queue.ts'
import type { Consumer } from './broker.ts'

/** What became of an item: settled for good, or back in the queue for another try. */
export type Outcome = 'settled' | 'returned'

/** An item in somebody's hand. */
export interface Delivery<T> {
  readonly item: T
  /** How often it was given back before. */
  readonly redeliveries: number
  /** Aborts when the consumer that has it is stopped. */
  readonly stopping: AbortSignal
}

/** Decides about one delivery. MUST NOT reject. */
export type Taker<T> = (delivery: Delivery<T>) => Promise<Outcome>

interface Waiting<T> {
  readonly item: T
  /** Its place in the order of arrival, which it keeps when it is given back. */
  readonly order: number
  readonly redeliveries: number
}

interface Worker<T> {
  readonly prefetch: number
  readonly take: Taker<T>
  readonly stopping: AbortController
  readonly idle: PromiseWithResolvers<void>
  inHand: number
}

/** How items expire. */
interface Expiry<T> {
  readonly clock: Clock
  readonly deadlines: DeadlineQueue
  /** When an item is of no use any more, in epoch milliseconds. */
  readonly at: (item: T) => number
  readonly onExpired: (item: T, redeliveries: number) => void
}

/** How a queue behaves. */
export interface MemoryQueueOptions<T> {
  /** Most items that wait. */
  readonly limit: number
  /** @default none does */
  readonly expiry?: Expiry<T>
}

/**
 * A work queue with competing consumers: in turn, each with at most its prefetch in hand, what is given back
 * goes where it came from. As in RabbitMQ, an item expires when it has come to the front.
 */
export class MemoryQueue<T> {
  readonly #options: MemoryQueueOptions<T>
  readonly #waiting: Waiting<T>[] = []
  #workers: Worker<T>[] = []
  readonly #leaving = new Set<Worker<T>>()
  /** The one at the front, whose deadline is waited for. */
  #watched: Waiting<T> | undefined
  #deadline: Deadline | undefined
  #arrived = 0
  #woken = false
  #closed = false

  constructor(options: MemoryQueueOptions<T>) {
    this.#options = options
  }

  /** Items that nobody has in hand. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Consumers that take from it. */
  get consumers(): number {
    return this.#workers.length
  }

  /** Puts an item at the end; false where the queue is full or closed. */
  push(item: T): boolean {
    if (this.#closed || this.#waiting.length >= this.#options.limit) return false
    this.#waiting.push({ item, order: this.#arrived, redeliveries: 0 })
    this.#arrived += 1
    this.#wake()
    return true
  }

  /** Takes items with `take`, at most `prefetch` at a time. */
  consume(prefetch: number, take: Taker<T>): Consumer {
    const worker: Worker<T> = {
      prefetch,
      take,
      stopping: new AbortController(),
      idle: Promise.withResolvers<void>(),
      inHand: 0,
    }
    this.#workers.push(worker)
    this.#wake()
    return {
      stop: async () => {
        this.#leave(worker)
        await worker.idle.promise
      },
    }
  }

  /** Forgets everything: nothing more is delivered, and nobody waits any longer for what is in hand. */
  close(): void {
    this.#closed = true
    for (const worker of this.#workers) this.#leave(worker)
    for (const worker of this.#leaving) worker.idle.resolve()
    this.#leaving.clear()
    this.#waiting.length = 0
    this.#watchFirst()
  }

  #leave(worker: Worker<T>): void {
    if (worker.stopping.signal.aborted) return
    this.#workers = this.#workers.filter(each => each !== worker)
    this.#leaving.add(worker)
    worker.stopping.abort()
    this.#released(worker)
  }

  #released(worker: Worker<T>): void {
    if (worker.inHand > 0 || !this.#leaving.delete(worker)) return
    worker.idle.resolve()
  }

  // Delivering in a turn of its own keeps a handler's code out of the stack of whoever sent the item.
  #wake(): void {
    if (this.#woken || this.#closed) return
    this.#woken = true
    void Promise.resolve().then(() => {
      this.#woken = false
      this.#deliver()
    })
  }

  #deliver(): void {
    this.#dropExpired()
    while (this.#waiting.length > 0) {
      const worker = this.#workers.find(each => each.inHand < each.prefetch)
      if (!worker) break
      // To the end of the line: consumers with room are served in turn.
      this.#workers.push(...this.#workers.splice(this.#workers.indexOf(worker), 1))
      const next = this.#waiting.shift()
      if (next) void this.#hand(next, worker)
      this.#dropExpired()
    }
    this.#watchFirst()
  }

  async #hand({ item, order, redeliveries }: Waiting<T>, worker: Worker<T>): Promise<void> {
    worker.inHand += 1
    const outcome = await worker.take({ item, redeliveries, stopping: worker.stopping.signal })
    worker.inHand -= 1
    if (outcome === 'returned' && !this.#closed)
      this.#putBack({ item, order, redeliveries: redeliveries + 1 })
    this.#released(worker)
    this.#wake()
  }

  #putBack(returned: Waiting<T>): void {
    const behind = this.#waiting.findIndex(({ order }) => order > returned.order)
    this.#waiting.splice(behind === -1 ? this.#waiting.length : behind, 0, returned)
  }

  /** Drops what has expired at the front. */
  #dropExpired(): void {
    const { expiry } = this.#options
    if (!expiry) return
    for (let first = this.#waiting[0]; first; first = this.#waiting[0]) {
      if (expiry.clock.now() < expiry.at(first.item)) return
      this.#waiting.shift()
      expiry.onExpired(first.item, first.redeliveries)
    }
  }

  /** Waits for the one at the front to expire. */
  #watchFirst(): void {
    const { expiry } = this.#options
    const [first] = this.#waiting
    if (!expiry || first === this.#watched) return
    const before = this.#deadline
    this.#watched = first
    this.#deadline = first && expiry.deadlines.add(expiry.at(first.item), this.#onDeadline)
    // Last: where nothing else is waited for, there would be another timer for each that comes to the front.
    before?.cancel()
  }

  readonly #onDeadline = (): void => {
    const expired = this.#watched
    this.#watched = undefined
    // Not asked of the wall clock again, which may have been set meanwhile.
    if (expired && this.#waiting[0] === expired) {
      this.#waiting.shift()
      this.#options.expiry?.onExpired(expired.item, expired.redeliveries)
    }
    this.#deliver()
  }
}
