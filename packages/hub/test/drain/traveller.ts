import { systemClock } from '@hubbub/hub'
import { type Client, type ClientRoom, type ClientSocket, createClient } from '@hubbub/hub/client'
import { WebSocket } from 'ws'
import type { Seen } from '../kill/verdict.ts'

/** Where a client finds a hub: asked before every attempt; `attempt` counts from 1 since it was last online. */
export type Route = (number: number, attempt: number) => string

/** An attempt that the server refused before the upgrade. */
export interface Refusal {
  readonly status: number | undefined
  readonly retryAfter: string | undefined
}

/** What a client has written down. */
export interface Record {
  readonly seen: readonly Seen[]
  /** Where its messages landed, by id. */
  readonly acks: ReadonlyMap<string, number>
  /** When and how its connections ended; epoch milliseconds, with a fraction. */
  readonly closes: readonly { readonly at: number; readonly code: number }[]
  readonly refusals: readonly Refusal[]
  /** Publishes that were refused, and whatever else nobody expects. */
  readonly troubles: readonly string[]
}

/** One of a crowd: joins a room, moves on when its hub lets it go, and writes down all that comes. */
export class Traveller {
  readonly #seen: Seen[] = []
  readonly #acks = new Map<string, number>()
  readonly #closes: { readonly at: number; readonly code: number }[] = []
  readonly #refusals: Refusal[] = []
  readonly #troubles: string[] = []
  #connections = 0
  #written = 0
  readonly #number: number
  readonly #route: Route
  readonly #client: Client
  readonly #room: ClientRoom
  readonly #receipts = new Set<Promise<void>>()
  #attempt = 0
  #stop: (() => void) | undefined
  #wake: (() => void) | undefined

  constructor(number: number, route: Route) {
    this.#number = number
    this.#route = route
    this.#client = createClient({
      url: 'ws:',
      name: `user-${number}`,
      connect: () => this.#connect(),
    })
    this.#client.on('error', error => this.#troubles.push(String(error)))
    this.#client.on('state', ({ status }) => {
      if (status === 'online') {
        this.#connections += 1
        this.#attempt = 0
      }
      this.#wake?.()
    })
    this.#room = this.#client.join('general', { last: 0 })
    this.#room.on('left', reason => this.#troubles.push(`left: ${reason}`))
    this.#room.on('delivery', delivery => {
      if (delivery.kind === 'message') this.#seen.push({ seq: delivery.message.seq, id: delivery.message.id })
      else this.#seen.push({ gap: JSON.stringify(delivery) })
      this.#wake?.()
    })
  }

  get record(): Record {
    return {
      seen: this.#seen,
      acks: this.#acks,
      closes: this.#closes,
      refusals: this.#refusals,
      troubles: this.#troubles,
    }
  }

  get ready(): Promise<void> {
    return this.#room.ready
  }

  /** Writes every `ms`, wherever it is. */
  start(ms: number): void {
    // The first one at any moment of the interval: together they write evenly.
    const write = (): void => {
      this.#write()
      this.#stop = systemClock.setTimer(write, ms)
    }
    this.#stop = systemClock.setTimer(write, Math.random() * ms)
  }

  /** Writes no more; resolves when everything written has its answer. */
  async settle(): Promise<void> {
    this.#stop?.()
    await Promise.all(this.#receipts)
  }

  /** Resolves when it has been online so often. */
  connected(times: number): Promise<void> {
    return this.#until(() => this.#connections >= times)
  }

  /** Resolves when a message was given. */
  has(seq: number): Promise<void> {
    return this.#until(() => {
      const last = this.#seen.at(-1)
      return last !== undefined && 'seq' in last && last.seq >= seq
    })
  }

  async close(): Promise<void> {
    this.#stop?.()
    await this.#client.close()
  }

  async #until(holds: () => boolean): Promise<void> {
    // Who gave up comes to nothing any more; the record says why.
    while (!holds() && this.#client.state.status !== 'closed') {
      const woken = Promise.withResolvers<void>()
      this.#wake = woken.resolve
      await woken.promise
    }
  }

  #connect(): ClientSocket {
    this.#attempt += 1
    const ws = new WebSocket(this.#route(this.#number, this.#attempt), 'hubbub.v1', {
      perMessageDeflate: false,
    })
    let opened = false
    ws.once('open', () => {
      opened = true
    })
    ws.once('unexpected-response', (_request, { statusCode, headers }) => {
      this.#refusals.push({ status: statusCode, retryAfter: headers['retry-after'] })
      ws.terminate()
    })
    ws.once('close', code => {
      if (opened) this.#closes.push({ at: performance.timeOrigin + performance.now(), code })
    })
    return ws as Pick<WebSocket, 'send' | 'close'> as ClientSocket
  }

  #write(): void {
    this.#written += 1
    const id = `${this.#number}-${this.#written}`
    const receipt = this.#room.publish(`message ${id}`, { id }).then(
      answer => {
        if (answer.kind === 'message') this.#acks.set(id, answer.seq)
      },
      (error: unknown) => {
        this.#troubles.push(`${id}: ${String(error)}`)
      },
    )
    this.#receipts.add(receipt)
    void receipt.finally(() => this.#receipts.delete(receipt))
  }
}
