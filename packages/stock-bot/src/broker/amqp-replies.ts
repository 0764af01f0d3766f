import { type AmqpConnection, AmqpConsumer, type Delivery, pause } from '@hubbub/hub/amqp'
import type { AmqpBrokerEvent, Counts } from './amqp-events.ts'
import { InHand, type Outcome, settle } from './amqp-in-hand.ts'
import { traceAnswer } from '../trace.ts'
import { decodeReply } from './amqp-messages.ts'
import { declareReplyQueue, replyQueue } from './amqp-topology.ts'
import { carrierOf } from './amqp-traces.ts'
import type { Consumer, Reply, ReplyAddress } from './broker.ts'

/** What a consumer of replies works with. */
export interface ReplyWork {
  readonly connection: AmqpConnection
  readonly counts: Counts
  readonly tell: (event: AmqpBrokerEvent) => void
  readonly handler: (reply: Reply) => Promise<void>
}

/** Replies in hand at once: what an unavailable log makes wait is bounded by it. */
const PREFETCH = 64
/** Pauses before a reply that was not taken is tried again, in milliseconds: doubling between these. */
const RETRY = { min: 100, max: 5_000 }

/**
 * Takes the replies for one log. While the log does not take one, it is held and tried again: giving it back
 * would only have the broker send it at once, to the same log.
 */
export class ReplyConsumer implements Consumer {
  readonly #address: ReplyAddress
  readonly #work: ReplyWork
  readonly #inHand = new InHand()
  readonly #stopping = new AbortController()
  readonly #consumer: AmqpConsumer

  constructor(address: ReplyAddress, work: ReplyWork) {
    this.#address = address
    this.#work = work
    this.#consumer = new AmqpConsumer(work.connection, {
      name: replyQueue(address.id),
      prefetch: PREFETCH,
      queue: channel => declareReplyQueue(channel, address),
      handle: delivery => this.#take(delivery),
    })
  }

  get ready(): Promise<void> {
    return this.#consumer.ready
  }

  /** What the log has not taken goes back to the queue, for the next consumer of this log. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#consumer.stop()
  }

  abort(): void {
    this.#consumer.release()
  }

  async #take(delivery: Delivery): Promise<void> {
    let reply: Reply
    try {
      reply = decodeReply(delivery.message)
    } catch (error) {
      // Kept, it would come back for ever: nobody can make a message out of it.
      this.#work.counts.malformed += 1
      this.#work.tell({
        type: 'malformed',
        queue: replyQueue(this.#address.id),
        messageId: String(delivery.message.properties.messageId),
        reason: error instanceof Error ? error.message : String(error),
      })
      delivery.ack()
      return
    }
    await this.#inHand.take(
      reply.id,
      outcome => {
        settle(delivery, outcome)
      },
      () => traceAnswer(carrierOf(this.#work.connection), reply, given => this.#hold(given)),
    )
  }

  async #hold(reply: Reply): Promise<Outcome> {
    const { signal } = this.#stopping
    for (let delay = RETRY.min; ; delay = Math.min(delay * 2, RETRY.max)) {
      try {
        await this.#work.handler(reply)
        return 'ack'
      } catch {
        if (signal.aborted) return 'requeue'
        await pause(this.#work.connection.clock, delay, signal)
        if (signal.aborted) return 'requeue'
      }
    }
  }
}
