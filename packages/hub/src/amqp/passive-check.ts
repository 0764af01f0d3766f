import type { AmqpConnection } from './connection.ts'
import { within } from './wait.ts'

/** How long an answer is believed, and how many are remembered. */
export interface PassiveCheckOptions {
  /** Milliseconds. @default 1,000 */
  readonly keep?: number
  /** Milliseconds that one question may take. @default 2,000 */
  readonly timeout?: number
  /** Queues whose answers are remembered; the oldest goes first. @default 1,000 */
  readonly remembered?: number
}

/**
 * Asks how many consumers a queue has, without declaring it: a queue that does not exist has none. Each question
 * has a channel of its own, because a broker that says "there is no such queue" closes the channel with it.
 */
export class PassiveCheck {
  readonly #connection: AmqpConnection
  readonly #options: Required<PassiveCheckOptions>
  readonly #answers = new Map<string, { readonly at: number; readonly consumers: Promise<number> }>()
  #asked = 0

  /** Best on a connection that publishes nothing: one that does is deaf while the broker is out of memory. */
  constructor(
    connection: AmqpConnection,
    { keep = 1_000, timeout = 2_000, remembered = 1_000 }: PassiveCheckOptions = {},
  ) {
    this.#connection = connection
    this.#options = { keep, timeout, remembered }
  }

  /** How many questions went to the broker. */
  get asked(): number {
    return this.#asked
  }

  /** The number of consumers of the queue, as it was at most `keep` ago. Rejects where the broker cannot be asked. */
  consumers(queue: string): Promise<number> {
    const now = this.#connection.clock.monotonic()
    const known = this.#answers.get(queue)
    if (known && now - known.at < this.#options.keep) return known.consumers
    const consumers = this.#ask(queue)
    this.#answers.delete(queue)
    this.#answers.set(queue, { at: now, consumers })
    consumers.catch(() => {
      this.forget(queue)
    })
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= this.#options.remembered) break
      this.#answers.delete(oldest)
    }
    return consumers
  }

  /** The next question about this queue goes to the broker. */
  forget(queue: string): void {
    this.#answers.delete(queue)
  }

  async #ask(queue: string): Promise<number> {
    const { session, clock } = this.#connection
    if (!session) throw new Error('there is no connection')
    this.#asked += 1
    const question = async (): Promise<number> => {
      const channel = await session.model.createChannel()
      let refused: unknown
      channel.on('error', error => {
        refused = error
      })
      try {
        const { consumerCount } = await channel.checkQueue(queue)
        channel.close().catch(() => undefined)
        return consumerCount
      } catch (error) {
        if (isNotFound(refused) || isNotFound(error)) return 0
        throw error
      }
    }
    return within(clock, this.#options.timeout, `asking about the queue ${queue}`, question(), session.signal)
  }
}

const isNotFound = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 404
