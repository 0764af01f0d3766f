import type { Hub } from '@hubbub/hub'
import {
  type Client,
  type ClientOptions,
  type ClientRoom,
  createClient,
  type Delivery,
} from '@hubbub/hub/client'
import type { ClientSocket } from '@hubbub/hub/client'
import { memoryTransport } from '@hubbub/hub/memory'

/** A client of a real hub, whose connections a test can cut, and which a test can point at another hub. */
export class RealClient implements AsyncDisposable {
  readonly client: Client
  /** Connects there from now on. */
  hub: Hub
  #socket: ClientSocket | undefined

  constructor(hub: Hub, options: Partial<ClientOptions> = {}) {
    this.hub = hub
    this.client = createClient({
      url: 'memory:',
      name: 'Ann',
      random: () => 0,
      connect: url => {
        this.#socket = memoryTransport(this.hub)(url)
        return this.#socket
      },
      ...options,
    })
  }

  /** The connection breaks, without a goodbye. */
  cut(): void {
    this.#socket?.close(1006)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close()
  }
}

/** Resolves when the client has this status. */
export async function reached(client: Client, status: Client['state']['status']): Promise<Client['state']> {
  if (client.state.status === status) return client.state
  const { promise, resolve } = Promise.withResolvers<Client['state']>()
  const stop = client.on('state', state => {
    if (state.status === status) resolve(state)
  })
  const state = await promise
  stop()
  return state
}

/** What a room has delivered, and a way to wait for more of it. */
export class Inbox {
  readonly deliveries: Delivery[] = []
  readonly #room: ClientRoom

  constructor(room: ClientRoom) {
    this.#room = room
    room.on('delivery', delivery => this.deliveries.push(delivery))
  }

  /** One line for each delivery so far. */
  get lines(): string[] {
    return this.deliveries.map(delivery =>
      delivery.kind === 'message' ? delivery.message.text : delivery.kind,
    )
  }

  /** Resolves when a message with this text was delivered. */
  async until(text: string): Promise<void> {
    if (this.lines.includes(text)) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const stop = this.#room.on('delivery', delivery => {
      if (delivery.kind === 'message' && delivery.message.text === text) resolve()
    })
    await promise
    stop()
  }
}
