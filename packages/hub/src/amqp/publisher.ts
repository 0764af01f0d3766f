import { type ConfirmChannel, IllegalOperationError } from 'amqplib'
import type { AmqpConnection } from './connection.ts'
import { KeptChannel } from './kept-channel.ts'
import { Outbox, type OutboxLimits } from './outbox.ts'
import { type Outgoing, PublishRefused } from './outgoing.ts'
import type { Pending } from './pending.ts'
import type { Session } from './session.ts'
import { pause } from './wait.ts'
import { Waiters } from './waiters.ts'

/** How messages are published. */
export interface PublisherOptions {
  readonly outbox?: OutboxLimits
  /** Most messages that are written and not yet confirmed. @default 256 */
  readonly window?: number
}

/** Plain numbers about a publisher. */
export interface PublisherStats {
  readonly waiting: number
  readonly waitingBytes: number
  readonly confirmed: number
  /** Written again after a loss, with the same message id. */
  readonly repeated: number
  readonly returned: number
}

/**
 * Publishes with confirms. A message that was written when the connection broke may have arrived or not: it is
 * kept, and written again with the same id, until it is confirmed or its deadline has come. So it arrives at
 * least once or is refused; whoever takes it tells repeats by the id.
 */
export class Publisher {
  readonly #connection: AmqpConnection
  readonly #outbox: Outbox
  readonly #window: number
  readonly #kept: KeptChannel<ConfirmChannel>
  readonly #stopListening: () => void
  readonly #waiters = new Waiters()
  #channel: ConfirmChannel | undefined
  #session: Session | undefined
  #unconfirmed = 0
  #closed = false
  #confirmed = 0
  #repeated = 0
  #returned = 0

  constructor(connection: AmqpConnection, { outbox, window = 256 }: PublisherOptions = {}) {
    if (!Number.isSafeInteger(window) || window < 1)
      throw new RangeError(`window must be an integer from 1, got ${window}`)
    this.#connection = connection
    this.#outbox = new Outbox(connection.clock, outbox)
    this.#window = window
    this.#kept = new KeptChannel<ConfirmChannel>(connection, {
      name: 'publish',
      open: model => model.createConfirmChannel(),
      prepare: async channel => {
        const { session } = connection
        // Its first channel was closed: mostly for an exchange that somebody has deleted.
        if (session && session === this.#session) await session.declare()
        this.#session = session
        this.#begin(channel)
      },
      lost: () => {
        this.#channel = undefined
        this.#unconfirmed = 0
        this.#outbox.unwrite()
      },
    })
    this.#stopListening = connection.onUnblocked(() => {
      this.#waiters.wake()
      this.#flush()
    })
  }

  /** Whether a message would be written at this moment. */
  get ready(): boolean {
    return this.#channel !== undefined && this.#connection.blocked === undefined
  }

  /** Resolves once messages can be written; rejects when the signal aborts or the publisher is closed. */
  async up(signal?: AbortSignal): Promise<void> {
    await this.#waiters.until(() => this.ready || this.#closed, signal)
    if (this.#closed) throw new PublishRefused('closed', 'the publisher is closed')
  }

  stats(): PublisherStats {
    return {
      waiting: this.#outbox.size,
      waitingBytes: this.#outbox.bytes,
      confirmed: this.#confirmed,
      repeated: this.#repeated,
      returned: this.#returned,
    }
  }

  /** Resolves when the broker has confirmed the message. Rejects with a PublishRefused, by its deadline. */
  async publish(message: Outgoing): Promise<void> {
    if (this.#closed) throw new PublishRefused('closed', 'the publisher is closed')
    if (message.whenDown === 'refuse' && !this.ready) {
      const { blocked } = this.#connection
      throw new PublishRefused(
        'down',
        blocked === undefined ? 'there is no connection' : `the broker takes no messages: ${blocked}`,
      )
    }
    const known = this.#outbox.get(message.id)
    if (known && isTo(message, known.message)) return known.done
    if (known)
      throw new PublishRefused('invalid', `a message with the id ${message.id} is on its way elsewhere`)
    const pending = this.#outbox.add(message)
    this.#flush()
    return pending.done
  }

  /** Takes no more, waits for confirms for at most `ms`, refuses the rest. Idempotent. */
  async close(ms = 5_000): Promise<void> {
    this.#closed = true
    this.#waiters.wake()
    const enough = new AbortController()
    await Promise.race([this.#outbox.empty(), pause(this.#connection.clock, ms, enough.signal)])
    enough.abort()
    for (const pending of this.#outbox.values())
      pending.refuse('closed', `message ${pending.message.id} was not confirmed before the publisher closed`)
    this.#stopListening()
    await this.#kept.stop()
  }

  #begin(channel: ConfirmChannel): void {
    // The broker sends a message back before it confirms it.
    channel.on('return', ({ properties }) => {
      const pending = this.#outbox.get(String(properties.messageId))
      if (pending) pending.returned = true
    })
    this.#channel = channel
    this.#waiters.wake()
    this.#flush()
  }

  #flush(): void {
    if (!this.ready) return
    for (const pending of this.#outbox.unwritten()) {
      if (!this.#channel || this.#unconfirmed >= this.#window) return
      this.#write(this.#channel, pending)
    }
  }

  #write(channel: ConfirmChannel, pending: Pending): void {
    const { exchange, routingKey, content, id, mandatory = false, persistent = true } = pending.message
    const options = { ...pending.message.properties, messageId: id, mandatory, persistent }
    const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
    try {
      channel.publish(exchange, routingKey, bytes, options, error => {
        if (this.#channel !== channel || isClosing(error)) return
        this.#unconfirmed -= 1
        this.#settle(pending, error)
        this.#flush()
      })
    } catch (error) {
      // A dead channel keeps the message for the next one; anything else is the message's own fault.
      if (!(error instanceof IllegalOperationError))
        pending.refuse('invalid', `message ${id} cannot be written`, error)
      return
    }
    this.#outbox.write(pending)
    this.#unconfirmed += 1
    if (pending.written) this.#repeated += 1
    pending.written = true
  }

  #settle(pending: Pending, error: unknown): void {
    const { id, exchange, routingKey } = pending.message
    if (error) {
      pending.refuse(
        'rejected',
        `the broker refused message ${id}: its queue is full or has no leader`,
        error,
      )
    } else if (pending.returned) {
      this.#returned += 1
      pending.refuse('unroutable', `no queue takes message ${id} (${exchange}, ${routingKey})`)
    } else {
      this.#confirmed += 1
      pending.confirm()
    }
  }
}

const isTo = (a: Outgoing, b: Outgoing): boolean => a.exchange === b.exchange && a.routingKey === b.routingKey

/** The library's answer for all that is unconfirmed when a channel closes: it says nothing about the message. */
const isClosing = (error: unknown): boolean => error instanceof Error && error.message === 'channel closed'
