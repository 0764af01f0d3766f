import { systemClock } from '@hubbub/hub'
import { type Client, type ClientRoom, createClient } from '@hubbub/hub/client'
import type { Seen } from './verdict.ts'

/** One user of the room, who writes at a steady pace and writes down all that comes. */
export class Witness {
  readonly seen: Seen[] = []
  /** Where its messages landed, by id. */
  readonly acks = new Map<string, number>()
  /** Publishes that were refused, and errors that nobody asked for. */
  readonly troubles: string[] = []
  connections = 0
  written = 0
  readonly #name: string
  readonly #client: Client
  readonly #room: ClientRoom
  readonly #receipts = new Set<Promise<void>>()
  readonly #waiting = new Set<() => void>()
  #stop: (() => void) | undefined

  constructor(url: string, name: string) {
    this.#name = name
    this.#client = createClient({ url, name, backoff: { minMs: 50, maxMs: 400 } })
    this.#client.on('error', error => this.troubles.push(String(error)))
    this.#client.on('state', ({ status }) => {
      if (status === 'online') this.connections += 1
    })
    this.#room = this.#client.join('general', { last: 0 })
    this.#room.on('left', reason => this.troubles.push(`left: ${reason}`))
    this.#room.on('delivery', delivery => {
      if (delivery.kind === 'message') this.seen.push({ seq: delivery.message.seq, id: delivery.message.id })
      else this.seen.push({ gap: JSON.stringify(delivery) })
      for (const wake of this.#waiting) wake()
    })
  }

  get ready(): Promise<void> {
    return this.#room.ready
  }

  /** Writes every `ms`, whether there is a server or not. */
  start(ms: number): void {
    // The first one at any moment of the interval: together they write evenly.
    this.#stop = systemClock.setTimer(() => {
      this.#write()
      this.#next(ms)
    }, Math.random() * ms)
  }

  /** Writes no more; resolves when everything written has its answer. */
  async settle(): Promise<void> {
    this.#stop?.()
    await Promise.all(this.#receipts)
  }

  /** Resolves when a message was given. */
  async has(seq: number): Promise<void> {
    while (!this.seen.some(each => 'seq' in each && each.seq >= seq)) {
      const woken = Promise.withResolvers<void>()
      this.#waiting.add(woken.resolve)
      await woken.promise
      this.#waiting.delete(woken.resolve)
    }
  }

  async close(): Promise<void> {
    this.#stop?.()
    await this.#client.close()
  }

  #next(ms: number): void {
    this.#stop = systemClock.setTimer(() => {
      this.#write()
      this.#next(ms)
    }, ms)
  }

  #write(): void {
    this.written += 1
    const id = `${this.#name}-${this.written}`
    const receipt = this.#room.publish(`message ${id}`, { id }).then(
      answer => {
        if (answer.kind === 'message') this.acks.set(id, answer.seq)
      },
      (error: unknown) => {
        this.troubles.push(`${id}: ${String(error)}`)
      },
    )
    this.#receipts.add(receipt)
    void receipt.finally(() => this.#receipts.delete(receipt))
  }
}
