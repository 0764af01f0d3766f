/** `@hubbub/stock-bot/amqp`: commands and replies over RabbitMQ. Needs `amqplib`. AMQP.md describes the wire. */
import {
  AmqpConnection,
  type AmqpEvent,
  PassiveCheck,
  pause,
  Publisher,
  PublishRefused,
} from '@hubbub/hub/amqp'
import { Announcements } from './amqp-announcements.ts'
import { CommandConsumer } from './amqp-commands.ts'
import type { AmqpBrokerEvent, Counts } from './amqp-events.ts'
import { encodeCommand } from './amqp-messages.ts'
import type { AmqpBroker, AmqpBrokerOptions, AmqpBrokerStats } from './amqp-options.ts'
import { commandQueue, declareExchanges } from './amqp-topology.ts'
import { Outage } from './amqp-outage.ts'
import { ReplyConsumer } from './amqp-replies.ts'
import { carrierOf } from './amqp-traces.ts'
import { traceConnection } from '../trace-events.ts'
import { traceSend } from '../trace.ts'
import {
  BrokerError,
  type Command,
  type CommandHandler,
  type CommandInfo,
  type ConsumeOptions,
  type Consumer,
  type Reply,
  type ReplyAddress,
} from './broker.ts'

export type { DeadLetter, Failure } from './amqp-dead-letter.ts'
export { amqpDeadLetters, type AmqpDeadLetters, type AmqpDeadLettersOptions } from './amqp-dead-letters.ts'
export type { AmqpBrokerEvent } from './amqp-events.ts'
export type { AmqpBroker, AmqpBrokerOptions, AmqpBrokerStats } from './amqp-options.ts'

/**
 * A broker on RabbitMQ 3.10 to 4.3. It connects in the background, and again whenever it has to; `state` says
 * how things are. One connection publishes and another consumes: RabbitMQ stops reading from a publisher when
 * it is out of memory, and acknowledgements must get through all the same.
 * @throws TypeError or RangeError where an option is wrong
 * @example
 * const broker = amqpBroker({ urls: 'amqp://guest:guest@127.0.0.1:5672' })
 */
export function amqpBroker(options: AmqpBrokerOptions): AmqpBroker {
  return new RabbitBroker(options)
}

class RabbitBroker implements AmqpBroker {
  readonly #options: AmqpBrokerOptions
  readonly #name: string
  readonly #publishing: AmqpConnection
  readonly #consuming: AmqpConnection
  readonly #publisher: Publisher
  readonly #check: PassiveCheck
  readonly #announcements: Announcements
  readonly #consumers = new Set<CommandConsumer | ReplyConsumer>()
  readonly #counts: Counts = { malformed: 0, returnedReplies: 0, expired: 0 }
  readonly #closed = new AbortController()
  #closing: Promise<void> | undefined

  constructor(options: AmqpBrokerOptions) {
    this.#options = options
    this.#name = options.name ?? 'hubbub'
    // Whichever comes first declares: what one publishes to or binds to must be there.
    const outage = new Outage(this.#tell)
    const onEvent = (event: AmqpEvent): void => {
      this.#tell(event)
      outage.hear(event)
    }
    const common = { ...options, onEvent, topology: declareExchanges }
    this.#publishing = new AmqpConnection({ ...common, name: `${this.#name}: publish` })
    this.#consuming = new AmqpConnection({ ...common, name: `${this.#name}: consume` })
    this.#publisher = new Publisher(this.#publishing, options.outbox ? { outbox: options.outbox } : {})
    this.#check = new PassiveCheck(this.#consuming)
    this.#announcements = new Announcements(this.#consuming, this.#publisher, this.#name)
  }

  get state(): 'closed' | 'open' | 'half-open' {
    const states = new Set([this.#publishing.state, this.#consuming.state])
    if (states.has('open') || this.#publishing.blocked !== undefined) return 'open'
    return states.has('half-open') || !this.#publisher.ready ? 'half-open' : 'closed'
  }

  async connected(signal?: AbortSignal): Promise<void> {
    await this.#publisher.up(signal)
    await this.#consuming.up(signal)
  }

  commands(): readonly CommandInfo[] {
    return this.#announcements.list()
  }

  stats(): AmqpBrokerStats {
    return {
      ...this.#counts,
      publishing: { ...this.#publishing.stats(), ...this.#publisher.stats() },
      consuming: this.#consuming.stats(),
    }
  }

  send(command: Command): Promise<void> {
    return traceSend(carrierOf(this.#publishing), command, given => this.#send(given))
  }

  async #send(command: Command): Promise<void> {
    this.#requireOpen()
    const now = this.#publishing.clock.now()
    if (now >= command.deadline)
      throw new BrokerError('unavailable', `the deadline of /${command.name} has passed`)
    if (!this.#publisher.ready || !this.#consuming.session)
      throw new BrokerError('unavailable', `RabbitMQ cannot be reached at the moment`)
    const queue = commandQueue(command.name)
    if ((await this.#consumersOf(queue)) === 0)
      throw new BrokerError('no-bot', `no bot listens to /${command.name}`)
    try {
      await this.#publisher.publish(encodeCommand(command, { appId: this.#name, now }))
    } catch (error) {
      if (error instanceof PublishRefused && error.code === 'unroutable') {
        this.#check.forget(queue)
        throw new BrokerError('no-bot', `no bot listens to /${command.name}`, { cause: error })
      }
      throw new BrokerError('unavailable', `/${command.name} could not be handed over: ${reasonOf(error)}`, {
        cause: error,
      })
    }
  }

  async announce(commands: readonly CommandInfo[]): Promise<Consumer> {
    this.#requireOpen()
    await Promise.resolve()
    return this.#announcements.announce(commands)
  }

  async onCommand(
    name: string,
    handler: CommandHandler,
    { prefetch = 32 }: ConsumeOptions = {},
  ): Promise<Consumer> {
    this.#requireOpen()
    // AMQP has 16 bits for it, and 0 would mean "without bound".
    if (!Number.isInteger(prefetch) || prefetch < 1 || prefetch > 65_535)
      throw new RangeError(`prefetch must be an integer from 1 to 65535, got ${prefetch}`)
    const consumer = new CommandConsumer(name, {
      connection: this.#consuming,
      publisher: this.#publisher,
      appId: this.#name,
      counts: this.#counts,
      tell: this.#tell,
      handler,
      prefetch,
    })
    this.#check.forget(commandQueue(name))
    return this.#own(consumer)
  }

  async onReply(address: ReplyAddress, handler: (reply: Reply) => Promise<void>): Promise<Consumer> {
    this.#requireOpen()
    return this.#own(
      new ReplyConsumer(address, {
        connection: this.#consuming,
        counts: this.#counts,
        tell: this.#tell,
        handler,
      }),
    )
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  readonly #tell = (event: AmqpBrokerEvent): void => {
    traceConnection(event)
    try {
      this.#options.onEvent?.(event)
    } catch {
      // A broken log must not break the broker.
    }
  }

  async #consumersOf(queue: string): Promise<number> {
    try {
      return await this.#check.consumers(queue)
    } catch (error) {
      throw new BrokerError('unavailable', `RabbitMQ does not answer: ${reasonOf(error)}`, { cause: error })
    }
  }

  async #own(consumer: CommandConsumer | ReplyConsumer): Promise<Consumer> {
    this.#consumers.add(consumer)
    const settled = new AbortController()
    const { clock } = this.#consuming
    const enough = pause(clock, this.#options.subscribeTimeout ?? 10_000, this.#closed.signal, settled.signal)
    await Promise.race([consumer.ready, enough])
    settled.abort()
    return {
      stop: async () => {
        await consumer.stop()
        this.#consumers.delete(consumer)
      },
    }
  }

  #requireOpen(): void {
    if (this.#closing) throw new BrokerError('unavailable', 'the broker is closed')
  }

  async #close(): Promise<void> {
    const settled = new AbortController()
    const stopped = Promise.all(Array.from(this.#consumers, consumer => consumer.stop()))
    const enough = pause(this.#consuming.clock, this.#options.closeTimeout ?? 5_000, settled.signal)
    await Promise.race([stopped, enough])
    settled.abort()
    this.#closed.abort()
    for (const consumer of this.#consumers)
      consumer.abort(new DOMException('the broker is closed', 'AbortError'))
    await stopped
    await this.#announcements.close()
    // What is left now is a reply that had no time: its command goes back, and another bot answers it.
    await this.#publisher.close(1_000)
    await Promise.all([this.#publishing.close(), this.#consuming.close()])
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
