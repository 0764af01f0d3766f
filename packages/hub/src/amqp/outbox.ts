import type { Cancel, Clock } from '../clock.ts'
import { Waiters } from './waiters.ts'

/** A message for the broker. */
export interface Outgoing {
  readonly exchange: string
  readonly routingKey: string
  readonly content: Uint8Array
  /**
   * The AMQP `messageId`. While one with the same id is on its way to the same place, another call joins it; to
   * another place, it is refused as `invalid`.
   */
  readonly id: string
  /** Epoch milliseconds: not confirmed by then, the message is refused. */
  readonly deadline: number
  /** Refuse the message where no queue takes it. @default false */
  readonly mandatory?: boolean
  /** Keep it on disk where its queue is durable. @default true */
  readonly persistent?: boolean
  /** What to do where the broker cannot take it at this moment. @default 'keep' until the deadline */
  readonly whenDown?: 'keep' | 'refuse'
  /** Further AMQP properties, in amqplib's words: `type`, `headers`, `correlationId`, … */
  readonly properties?: Readonly<Record<string, unknown>>
}

/** How much may wait for the broker's confirmation. */
export interface OutboxLimits {
  /** @default 10,000 */
  readonly messages?: number
  /** Bytes of content. @default 8 MiB */
  readonly bytes?: number
}

/** Why a message was refused: `deadline` and `closed` may have reached the broker all the same. */
export type RefusedCode = 'down' | 'full' | 'deadline' | 'unroutable' | 'rejected' | 'invalid' | 'closed'

/** A message that was not confirmed. */
export class PublishRefused extends Error {
  override readonly name = 'PublishRefused'
  readonly code: RefusedCode

  constructor(code: RefusedCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** A message on its way. */
export interface Pending {
  readonly message: Outgoing
  readonly done: Promise<void>
  /** The broker has sent it back: no queue took it. */
  returned: boolean
  confirm(): void
  refuse(code: RefusedCode, reason: string, cause?: unknown): void
}

/**
 * What waits for the broker's confirmation, in order, bounded in bytes and in number, at most one of each id.
 * A message leaves when it is confirmed, refused, or at its deadline.
 */
export class Outbox {
  readonly #clock: Clock
  readonly #limits: Required<OutboxLimits>
  readonly #pending = new Map<string, Pending>()
  #unwritten = new Set<Pending>()
  readonly #waiters = new Waiters()
  #bytes = 0

  constructor(clock: Clock, { messages = 10_000, bytes = 8 * 1024 * 1024 }: OutboxLimits = {}) {
    for (const [name, value] of Object.entries({ messages, bytes }))
      if (!Number.isSafeInteger(value) || value < 1)
        throw new RangeError(`outbox.${name} must be an integer from 1, got ${value}`)
    this.#clock = clock
    this.#limits = { messages, bytes }
  }

  get size(): number {
    return this.#pending.size
  }

  get bytes(): number {
    return this.#bytes
  }

  get(id: string): Pending | undefined {
    return this.#pending.get(id)
  }

  values(): Iterable<Pending> {
    return this.#pending.values()
  }

  /** Takes a message in. @throws PublishRefused `full` or `deadline` */
  add(message: Outgoing): Pending {
    const left = message.deadline - this.#clock.now()
    const bytes = message.content.byteLength
    if (left <= 0) throw new PublishRefused('deadline', `message ${message.id} is past its deadline`)
    if (this.#pending.size >= this.#limits.messages || this.#bytes + bytes > this.#limits.bytes)
      throw new PublishRefused(
        'full',
        `${this.#pending.size} messages of ${this.#bytes} bytes wait for the broker already`,
      )
    const { promise: done, resolve, reject } = Promise.withResolvers<void>()
    let cancel: Cancel = () => undefined
    const leave = (): boolean => {
      if (this.#pending.get(message.id) !== pending) return false
      cancel()
      this.#pending.delete(message.id)
      this.#unwritten.delete(pending)
      this.#bytes -= bytes
      if (this.#pending.size === 0) this.#waiters.wake()
      return true
    }
    const pending: Pending = {
      message,
      done,
      returned: false,
      confirm: () => {
        if (leave()) resolve()
      },
      refuse: (code, reason, cause) => {
        if (leave()) reject(new PublishRefused(code, reason, { cause }))
      },
    }
    // A timer may fire a moment early by the wall clock, and no later than its own bound of 2^31 ms.
    cancel = this.#clock.setTimer(
      () => {
        pending.refuse('deadline', `message ${message.id} was not confirmed by its deadline`)
      },
      Math.min(left, 2 ** 31 - 1),
    )
    this.#pending.set(message.id, pending)
    this.#unwritten.add(pending)
    this.#bytes += bytes
    return pending
  }

  /** What was not written to the present channel, oldest first. */
  unwritten(): Iterable<Pending> {
    return this.#unwritten
  }

  /** The message was written to the present channel. */
  write(pending: Pending): void {
    this.#unwritten.delete(pending)
  }

  /** Nothing counts as written any more: the channel is gone. */
  unwrite(): void {
    this.#unwritten = new Set(this.#pending.values())
    for (const pending of this.#unwritten) pending.returned = false
  }

  /** Resolves when nothing waits. */
  empty(): Promise<void> {
    return this.#waiters.until(() => this.#pending.size === 0)
  }
}
