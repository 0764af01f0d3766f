import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib'
import type { AmqpConnection } from './connection.ts'
import { tell } from './events.ts'
import { KeptChannel } from './kept-channel.ts'
import { asError, within } from './wait.ts'

/** A message in hand. */
export interface Delivery {
  readonly message: ConsumeMessage
  /** Settles it. False where its channel is gone: the broker has it again, and delivers it again. */
  ack(): boolean
  /** Gives it back to the queue, or with `false` to the dead letters. False as for `ack`. */
  nack(requeue: boolean): boolean
}

/** What is consumed, and how. */
export interface ConsumerOptions {
  /** In events, for example `bot.stock.v1`. */
  readonly name: string
  /** Declares the queue and its bindings; returns the queue's name. Runs again on every new channel. */
  readonly queue: (channel: Channel) => Promise<string>
  /** Called for each message. It MUST settle the delivery; where it throws or rejects, that gives it back. */
  readonly handle: (delivery: Delivery) => void | Promise<void>
  /** Most messages in hand. @default 32 */
  readonly prefetch?: number
  /** The broker forgets a message when it has sent it. @default false */
  readonly noAck?: boolean
  /** Called whenever messages flow again. */
  readonly onReady?: () => void
}

/**
 * Consumes a queue for as long as it is wanted: subscribes again after a lost connection, a channel error, or
 * a cancel by the broker (which happens when the queue is deleted or its leader moves).
 */
export class AmqpConsumer {
  /** Resolves when it takes messages for the first time. */
  readonly ready: Promise<void>
  readonly #connection: AmqpConnection
  readonly #options: ConsumerOptions
  readonly #kept: KeptChannel<Channel>
  readonly #inHand = new Set<Delivery>()
  readonly #resolveReady: () => void
  #channel: Channel | undefined
  #tag: string | undefined
  #stopping: Promise<void> | undefined
  #settled: (() => void) | undefined

  constructor(connection: AmqpConnection, options: ConsumerOptions) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.ready = promise
    this.#resolveReady = resolve
    this.#connection = connection
    this.#options = options
    this.#kept = new KeptChannel<Channel>(connection, {
      name: `consume ${options.name}`,
      open: (model: ChannelModel) => model.createChannel(),
      prepare: channel => this.#subscribe(channel),
      lost: () => {
        this.#channel = undefined
        this.#tag = undefined
        // Their acknowledgements would be late: the broker gives these messages to somebody again.
        this.#inHand.clear()
        this.#settled?.()
      },
    })
  }

  /** Whether messages flow at this moment. */
  get active(): boolean {
    return this.#tag !== undefined
  }

  /** Takes no more; resolves when what is in hand is settled and the channel closed. Idempotent. */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop())
  }

  /** Gives back whatever is in hand, so that `stop` can end. */
  release(): void {
    for (const delivery of this.#inHand) delivery.nack(true)
  }

  async #subscribe(channel: Channel): Promise<void> {
    const { prefetch = 32, noAck = false } = this.#options
    this.#channel = channel
    const queue = await this.#options.queue(channel)
    if (!noAck) await channel.prefetch(prefetch)
    const { consumerTag } = await channel.consume(
      queue,
      message => {
        this.#receive(channel, message)
      },
      { noAck },
    )
    this.#tag = consumerTag
    this.#options.onReady?.()
    this.#resolveReady()
  }

  // Must not throw: the library would close the channel, and on a cancel the whole connection.
  #receive(channel: Channel, message: ConsumeMessage | null): void {
    if (!message) {
      this.#tag = undefined
      this.#kept.renew().catch(() => undefined)
      return
    }
    const delivery = this.#deliver(channel, message)
    if (!this.#options.noAck) this.#inHand.add(delivery)
    if (this.#stopping) {
      delivery.nack(true)
      return
    }
    this.#run(delivery).catch((error: unknown) => {
      tell(this.#connection.onEvent, {
        type: 'handler-failed',
        channel: `consume ${this.#options.name}`,
        error: asError(error),
      })
      delivery.nack(true)
    })
  }

  async #run(delivery: Delivery): Promise<void> {
    await this.#options.handle(delivery)
  }

  #deliver(channel: Channel, message: ConsumeMessage): Delivery {
    let settled = false
    // Twice, or on another channel than it came on, would close that channel with 406.
    const settle = (how: () => void): boolean => {
      if (settled || this.#channel !== channel || this.#options.noAck) return false
      settled = true
      this.#inHand.delete(delivery)
      try {
        how()
        return true
      } catch {
        return false
      } finally {
        if (this.#inHand.size === 0) this.#settled?.()
      }
    }
    const delivery: Delivery = {
      message,
      ack: () =>
        settle(() => {
          channel.ack(message)
        }),
      nack: requeue =>
        settle(() => {
          channel.nack(message, false, requeue)
        }),
    }
    return delivery
  }

  async #stop(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#settled = resolve
    try {
      if (this.#channel && this.#tag !== undefined)
        await within(this.#connection.clock, 2_000, 'cancelling', this.#channel.cancel(this.#tag))
    } catch {
      // The channel is gone, and with it the subscription; or it is deaf, and will be closed below.
    }
    if (this.#inHand.size > 0) await promise
    this.#settled = undefined
    await this.#kept.stop()
    this.#resolveReady()
  }
}
