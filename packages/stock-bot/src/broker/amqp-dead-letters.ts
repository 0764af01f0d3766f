import { AmqpConnection, type AmqpConnectionOptions, pause } from '@hubbub/hub/amqp'
import { type DeadLetter, keyOf, readDeadLetter } from './amqp-dead-letter.ts'
import { type DeadLetterDesk, openDesk } from './amqp-dead-letter-desk.ts'
import { BrokerError } from './broker.ts'

/** How the dead letters are reached. */
export interface AmqpDeadLettersOptions extends Pick<
  AmqpConnectionOptions,
  'urls' | 'tls' | 'heartbeat' | 'connectTimeout' | 'clock'
> {
  /** Names this process to RabbitMQ. @default 'hubbub dead letters' */
  readonly name?: string
  /** How long RabbitMQ may take for one step, in milliseconds. @default 10,000 */
  readonly timeout?: number
}

/** What an operator can do with commands that were given up. A queue is called `bot.<name>.v1.dead`. */
export interface AmqpDeadLetters extends AsyncDisposable {
  /**
   * Shows them, oldest first; they stay in the queue. While it runs it holds those it has shown: nobody else sees
   * them. Where it stops before the last one, RabbitMQ puts them behind the others. Throws an error with code 404
   * where there is no such queue, as all of these do.
   * @param options.limit most that are shown. @default 50
   * @param options.text whether what users typed is shown. @default false
   */
  list(
    queue: string,
    options?: { readonly limit?: number; readonly text?: boolean },
  ): AsyncIterable<DeadLetter>
  /**
   * Sends them to the bots again, oldest first, each with its `messageId` and 30 s to be answered in. One is taken
   * out when RabbitMQ has confirmed the command: cut off in between, both are there, and the chat shows one answer.
   * Those that die again meanwhile are not sent twice. Rejects with a BrokerError where no bot listens, and at the
   * first command that RabbitMQ does not take; that one stays.
   * @param options.limit most that are sent. @default 1,000
   * @param options.ratePerSecond at most so many a second. @default 10
   */
  replay(
    queue: string,
    options?: { readonly limit?: number; readonly ratePerSecond?: number; readonly signal?: AbortSignal },
  ): Promise<{ readonly replayed: number; readonly left: number }>
  /** Deletes them for good. */
  purge(queue: string): Promise<{ readonly purged: number }>
  /** Ends what is under way, and the connection. Idempotent. */
  close(): Promise<void>
}

/**
 * The dead letters of commands on RabbitMQ. It connects in the background, and what is asked for rejects once none
 * of the addresses could be reached.
 * @throws RangeError or TypeError where an option is wrong; an address is never quoted
 * @example
 * await using letters = amqpDeadLetters({ urls: 'amqp://guest:guest@127.0.0.1:5672' })
 * for await (const { id, failure } of letters.list('bot.stock.v1.dead')) console.log(id, failure)
 */
export function amqpDeadLetters(options: AmqpDeadLettersOptions): AmqpDeadLetters {
  return new RabbitDeadLetters(options)
}

class RabbitDeadLetters implements AmqpDeadLetters {
  readonly #timeout: number
  readonly #connection: AmqpConnection
  readonly #closing = new AbortController()
  /** Aborted while no address can be reached. */
  #unreachable = new AbortController()
  #refusals = 0

  constructor({ name = 'hubbub dead letters', timeout = 10_000, ...options }: AmqpDeadLettersOptions) {
    requireWithin('timeout', timeout, 1, 3_600_000)
    this.#timeout = timeout
    const addresses = typeof options.urls === 'string' ? 1 : options.urls.length
    this.#connection = new AmqpConnection({
      ...options,
      name,
      onEvent: event => {
        if (event.type === 'state' && event.state === 'closed') {
          // The next `down` will be its loss, and not that it cannot be had.
          this.#refusals = -1
          this.#unreachable = new AbortController()
        }
        if (event.type !== 'down') return
        this.#refusals += 1
        if (this.#refusals >= addresses) this.#unreachable.abort(event.error)
      },
    })
  }

  async *list(
    queue: string,
    { limit = 50, text = false }: { readonly limit?: number; readonly text?: boolean } = {},
  ): AsyncGenerator<DeadLetter, void, undefined> {
    requireWithin('limit', limit, 1, 1_000_000)
    await using desk = await this.#open()
    await desk.count(queue)
    for (let shown = 0; shown < limit; shown += 1) {
      const message = await desk.take(queue)
      if (!message) return
      yield readDeadLetter(message, text)
    }
  }

  async replay(
    queue: string,
    {
      limit = 1_000,
      ratePerSecond = 10,
      signal,
    }: { readonly limit?: number; readonly ratePerSecond?: number; readonly signal?: AbortSignal } = {},
  ): Promise<{ readonly replayed: number; readonly left: number }> {
    requireWithin('limit', limit, 1, 1_000_000)
    requireWithin('ratePerSecond', ratePerSecond, 0.001, 10_000)
    const { clock } = this.#connection
    await using desk = await this.#open()
    const bots = queue.replace(/\.dead$/, '')
    if ((await desk.count(queue)).messages > 0 && (await desk.count(bots)).consumers === 0)
      throw new BrokerError('no-bot', `no bot takes commands from ${bots} at the moment: start one first`)
    const began = clock.monotonic()
    const sent = new Set<string>()
    while (sent.size < limit) {
      const wait = began + (sent.size * 1_000) / ratePerSecond - clock.monotonic()
      if (wait > 0) await pause(clock, wait, this.#closing.signal, ...(signal ? [signal] : []))
      this.#closing.signal.throwIfAborted()
      signal?.throwIfAborted()
      const letter = await desk.take(queue)
      if (!letter) break
      // One that has died again meanwhile is held until the end: else a poison would go round for ever.
      const key = keyOf(letter)
      if (sent.has(key)) continue
      await desk.send(letter)
      sent.add(key)
    }
    return { replayed: sent.size, left: (await desk.count(queue)).messages + desk.held }
  }

  async purge(queue: string): Promise<{ readonly purged: number }> {
    await using desk = await this.#open()
    return { purged: await desk.purge(queue) }
  }

  async close(): Promise<void> {
    this.#closing.abort(new DOMException('the dead letters are closed', 'AbortError'))
    await this.#connection.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #open(): Promise<DeadLetterDesk> {
    this.#closing.signal.throwIfAborted()
    await this.#connection.up(this.#unreachable.signal)
    return openDesk(this.#connection, this.#timeout)
  }
}

function requireWithin(name: string, value: number, least: number, most: number): void {
  const isWhole = name === 'ratePerSecond' || Number.isInteger(value)
  if (isWhole && value >= least && value <= most) return
  const kind = name === 'ratePerSecond' ? 'a number' : 'an integer'
  throw new RangeError(`${name} must be ${kind} from ${least} to ${most}, got ${value}`)
}
