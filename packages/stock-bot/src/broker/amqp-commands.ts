import {
  AmqpConsumer,
  type AmqpConnection,
  type Delivery,
  pause,
  type Publisher,
  PublishRefused,
} from '@hubbub/hub/amqp'
import type { ConsumeMessage } from 'amqplib'
import { DeadlineQueue } from '../deadline-queue.ts'
import { type Carrier, traceProcess, traceReply } from '../trace.ts'
import type { AmqpBrokerEvent, Counts } from './amqp-events.ts'
import { encodeDeadLetter, type Failure } from './amqp-dead-letter.ts'
import { InHand, type Outcome } from './amqp-in-hand.ts'
import { decodeCommand, encodeReply } from './amqp-messages.ts'
import { carrierOf, deliveryOf, giveUp, settling } from './amqp-traces.ts'
import { commandQueue, declareCommandQueue } from './amqp-topology.ts'
import type { Command, CommandHandler, Consumer, Reply } from './broker.ts'
import { Handling } from './handling.ts'

/** What a consumer of commands works with. */
export interface CommandWork {
  readonly connection: AmqpConnection
  readonly publisher: Publisher
  readonly appId: string
  readonly counts: Counts
  readonly tell: (event: AmqpBrokerEvent) => void
  readonly handler: CommandHandler
  readonly prefetch: number
}

/** Pause before a reply is offered again that the broker's queue had no room for, in milliseconds. */
const ANSWER_AGAIN_MS = 250
/** How long RabbitMQ may take to confirm a dead letter, in milliseconds. */
const BURY_MS = 5_000

/** Takes the commands of one name: reply confirmed first, command settled after. */
export class CommandConsumer implements Consumer {
  readonly #work: CommandWork
  readonly #name: string
  readonly #carrier: Carrier
  readonly #inHand = new InHand()
  readonly #deadlines: DeadlineQueue
  readonly #handlings = new Set<Handling>()
  readonly #consumer: AmqpConsumer
  readonly #ended = Promise.withResolvers<void>()

  constructor(name: string, work: CommandWork) {
    this.#name = name
    this.#work = work
    this.#carrier = carrierOf(work.connection)
    this.#deadlines = new DeadlineQueue(work.connection.clock)
    this.#consumer = new AmqpConsumer(work.connection, {
      name: commandQueue(name),
      prefetch: work.prefetch,
      queue: channel => declareCommandQueue(channel, name),
      handle: delivery => this.#take(delivery),
    })
  }

  get ready(): Promise<void> {
    return this.#consumer.ready
  }

  async stop(): Promise<void> {
    await this.#consumer.stop()
    // After a lost connection there may be work whose delivery is gone: it still has a reply to publish.
    await Promise.race([this.#inHand.idle(), this.#ended.promise])
  }

  /** Tells all handlers to end and gives their commands back, so that `stop` ends. */
  abort(reason: Error): void {
    for (const handling of this.#handlings) handling.abort(reason)
    this.#consumer.release()
    this.#ended.resolve()
  }

  async #take(delivery: Delivery): Promise<void> {
    const { connection, counts } = this.#work
    let command: Command
    try {
      command = decodeCommand(delivery.message, this.#name, connection.clock.now())
    } catch (error) {
      counts.malformed += 1
      const reason = error instanceof Error ? error.message : String(error)
      this.#work.tell({
        type: 'malformed',
        queue: commandQueue(this.#name),
        messageId: String(delivery.message.properties.messageId),
        reason,
      })
      await this.#giveUp(delivery, 'malformed', reason)
      return
    }
    if (connection.clock.now() >= command.deadline) {
      counts.expired += 1
      await this.#giveUp(delivery, 'expired', 'it came after its deadline')
      return
    }
    await this.#inHand.take(command.id, settling(this.#carrier, delivery, command), async () => {
      const run = (given: Command): Promise<Outcome> => this.#run(given)
      const outcome = await traceProcess(this.#carrier, command, deliveryOf(delivery), run)
      if (outcome !== 'dead') return outcome
      const isLate = connection.clock.now() >= command.deadline
      return isLate
        ? this.#bury(delivery.message, 'expired', 'its deadline passed while a bot had it')
        : this.#bury(delivery.message, 'poison', 'its reply cannot be sent')
    })
  }

  async #giveUp(delivery: Delivery, failure: Failure, reason: string): Promise<void> {
    const outcome = await this.#bury(delivery.message, failure, reason)
    giveUp(this.#carrier, delivery, this.#name, failure, outcome)
  }

  /**
   * Lays a command to the dead letters with the reason, which a nack cannot carry. Where that is not confirmed in
   * time, the nack has to do: a dead letter may then be there twice, and is never lost.
   */
  async #bury(message: ConsumeMessage, failure: Failure, reason: string): Promise<'buried' | 'dead'> {
    const { publisher, connection } = this.#work
    const now = connection.clock.now()
    try {
      await publisher.publish(encodeDeadLetter(message, { failure, reason, now, ms: BURY_MS }))
      return 'buried'
    } catch {
      return 'dead'
    }
  }

  async #run(command: Command): Promise<Outcome> {
    const { clock } = this.#work.connection
    const handling = new Handling(command, { clock, deadlines: this.#deadlines })
    this.#handlings.add(handling)
    try {
      const reply = await this.#work.handler(command, handling)
      // Nobody answers after the deadline: the chat has told the user by then.
      if (!reply || clock.now() >= command.deadline) return 'ack'
      return await this.#answer(reply, command.deadline)
    } catch {
      return clock.now() >= command.deadline ? 'dead' : 'requeue'
    } finally {
      handling.end()
      this.#handlings.delete(handling)
    }
  }

  async #answer(reply: Reply, deadline: number): Promise<Outcome> {
    const { publisher, appId, connection, counts } = this.#work
    for (;;) {
      try {
        await traceReply(this.#carrier, reply, given =>
          publisher.publish(encodeReply(given, deadline, { appId, now: connection.clock.now() })),
        )
        return 'ack'
      } catch (error) {
        const code = error instanceof PublishRefused ? error.code : 'invalid'
        if (code === 'closed') return 'requeue'
        if (code === 'deadline' || code === 'invalid') return 'dead'
        if (code === 'unroutable') {
          counts.returnedReplies += 1
          this.#work.tell({ type: 'reply-returned', id: reply.id, to: reply.to })
          return 'ack'
        }
      }
      await pause(connection.clock, ANSWER_AGAIN_MS)
    }
  }
}
