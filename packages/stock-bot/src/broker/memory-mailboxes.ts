import { type Cancel, type Clock } from '../clock.ts'
import type { Consumer, Reply, ReplyAddress } from './broker.ts'
import { type Carrier, traceAnswer } from '../trace.ts'
import { MemoryQueue, type Outcome } from './memory-queue.ts'

/** What this broker is called where others watch it. */
export const MEMORY: Carrier = { system: 'hubbub.memory' }

/** Replies of one log in hand at once: what an unavailable log makes wait is bounded by it. */
const PREFETCH = 64
/** Pause before a reply that was not taken is tried again, in milliseconds. */
const RETRY_MS = 1_000
/** How long the queue of a durable log outlives its last consumer, in milliseconds. */
const UNUSED_MS = 5 * 60_000

interface Mailbox {
  readonly queue: MemoryQueue<Reply>
  unused: Cancel | undefined
}

/** The queues of replies, one for each log that somebody has listened for. */
export class MemoryMailboxes {
  readonly #clock: Clock
  readonly #limit: number
  readonly #boxes = new Map<string, Mailbox>()

  constructor(clock: Clock, limit: number) {
    this.#clock = clock
    this.#limit = limit
  }

  /** Puts a reply into its log's queue; false where there is none, or no room. */
  deliver(reply: Reply): boolean {
    return this.#boxes.get(reply.to)?.queue.push(reply) ?? false
  }

  /** Takes the replies of one log. A rejection is tried again by the same consumer until it is stopped. */
  consume(address: ReplyAddress, handler: (reply: Reply) => Promise<void>): Consumer {
    const box = this.#open(address.id)
    box.unused?.()
    box.unused = undefined
    const consumer = box.queue.consume(PREFETCH, ({ item, stopping }) =>
      traceAnswer(MEMORY, item, reply => this.#take(reply, stopping, handler)),
    )
    return {
      stop: async () => {
        await consumer.stop()
        this.#leave(address, box)
      },
    }
  }

  close(): void {
    for (const box of this.#boxes.values()) {
      box.unused?.()
      box.queue.close()
    }
    this.#boxes.clear()
  }

  #open(id: string): Mailbox {
    const known = this.#boxes.get(id)
    if (known) return known
    const box: Mailbox = {
      queue: new MemoryQueue<Reply>({ limit: this.#limit }),
      unused: undefined,
    }
    this.#boxes.set(id, box)
    return box
  }

  #leave(address: ReplyAddress, box: Mailbox): void {
    if (box.queue.consumers > 0 || this.#boxes.get(address.id) !== box || box.unused) return
    const forget = (): void => {
      this.#boxes.delete(address.id)
      box.queue.close()
    }
    // The history that a memory log's replies belong to is gone with it.
    if (address.durable) box.unused = this.#clock.setTimer(forget, UNUSED_MS)
    else forget()
  }

  async #take(
    reply: Reply,
    stopping: AbortSignal,
    handler: (reply: Reply) => Promise<void>,
  ): Promise<Outcome> {
    while (!stopping.aborted) {
      try {
        await handler(reply)
        return 'settled'
      } catch {
        // The reply is held, not given back: that bounds how many wait for a log that is unavailable.
        await this.#pause(stopping)
      }
    }
    return 'returned'
  }

  async #pause(stopping: AbortSignal): Promise<void> {
    if (stopping.aborted) return
    const over = Promise.withResolvers<void>()
    const cancel = this.#clock.setTimer(over.resolve, RETRY_MS)
    const stop = (): void => over.resolve()
    stopping.addEventListener('abort', stop)
    await over.promise
    stopping.removeEventListener('abort', stop)
    cancel()
  }
}
