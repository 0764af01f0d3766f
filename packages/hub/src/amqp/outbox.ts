import type { Clock } from '../clock.ts'
import { type Outgoing, PublishRefused } from './outgoing.ts'
import { Pending } from './pending.ts'
import { Waiters } from './waiters.ts'

/** How much may wait for the broker's confirmation. */
export interface OutboxLimits {
  /** @default 10,000 */
  readonly messages?: number
  /** Bytes of content. @default 8 MiB */
  readonly bytes?: number
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
    const pending = new Pending(message, this.#leave)
    // A timer may fire a moment early by the wall clock, and no later than its own bound of 2^31 ms.
    pending.cancel = this.#clock.setTimer(pending.expire, Math.min(left, 2 ** 31 - 1))
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

  readonly #leave = (pending: Pending): boolean => {
    const { id, content } = pending.message
    if (this.#pending.get(id) !== pending) return false
    pending.cancel()
    this.#pending.delete(id)
    this.#unwritten.delete(pending)
    this.#bytes -= content.byteLength
    if (this.#pending.size === 0) this.#waiters.wake()
    return true
  }
}
