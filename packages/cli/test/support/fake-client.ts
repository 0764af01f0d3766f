/** A client without a server: the test says what the server would have said. */
import type {
  ChatMessage,
  Client,
  ClientError,
  ClientEvents,
  ClientRoom,
  ClientState,
  Delivery,
  Receipt,
  RoomEvents,
} from '@hubbub/hub/client'

export const ann = { id: 'guest:ann', name: 'ann', kind: 'user' } as const
export const bob = { id: 'guest:bob', name: 'bob', kind: 'user' } as const
export const bot = { id: 'bot:stock-bot', name: 'stock-bot', kind: 'bot' } as const

/** A publish that the test answers. */
export interface FakePublish {
  readonly text: string
  readonly id: string
  readonly resolve: (receipt: Receipt) => void
  readonly reject: (error: Error) => void
}

type Handlers<E> = { [K in keyof E]: Set<E[K]> }

/** The one room there is. `published` holds all publishes, oldest first. */
export class FakeRoom implements ClientRoom {
  readonly name: string
  readonly members = []
  readonly count = 1
  readonly published: FakePublish[] = []
  readonly confirmed = Promise.withResolvers<void>()
  readonly ready = this.confirmed.promise
  pages: readonly ChatMessage[] = []
  readonly #handlers: Handlers<RoomEvents> = {
    delivery: new Set(),
    joined: new Set(),
    presence: new Set(),
    typing: new Set(),
    left: new Set(),
  }
  #seq = 0

  constructor(name: string) {
    this.name = name
    this.ready.catch(() => {})
  }

  get listeners(): number {
    return Object.values(this.#handlers).reduce((sum, { size }) => sum + size, 0)
  }

  on<E extends keyof RoomEvents>(event: E, handler: RoomEvents[E]): () => void {
    this.#handlers[event].add(handler)
    return () => this.#handlers[event].delete(handler)
  }

  publish(
    text: string,
    { id = 'none', signal }: { readonly id?: string; readonly signal?: AbortSignal } = {},
  ): Promise<Receipt> {
    const { promise, resolve, reject } = Promise.withResolvers<Receipt>()
    signal?.addEventListener('abort', () => {
      reject(signal.reason)
    })
    this.published.push({ text, id, resolve, reject })
    return promise
  }

  /** Pages of `pages`, as the protocol has them. */
  async history({
    before = Infinity,
    limit = 200,
  }: { readonly before?: number; readonly limit?: number } = {}) {
    await Promise.resolve()
    const older = this.pages.filter(({ seq }) => seq < before)
    const messages = older.slice(-limit)
    return { messages, complete: messages.length === older.length }
  }

  typing(): void {}

  async leave(): Promise<void> {
    await Promise.resolve()
  }

  emit<E extends keyof RoomEvents>(event: E, ...args: Parameters<RoomEvents[E]>): void {
    for (const handler of this.#handlers[event]) (handler as (...all: typeof args) => void)(...args)
  }

  deliver(delivery: Delivery): void {
    this.emit('delivery', delivery)
  }

  /** Somebody says something. */
  say(author: ChatMessage['author'], text: string, more: Partial<ChatMessage> = {}): void {
    this.#seq += 1
    const at = '2026-01-01T12:31:00.000Z'
    const message = { room: this.name, seq: this.#seq, id: `m${this.#seq}`, author, text, at, ...more }
    this.deliver({ kind: 'message', message })
  }

  /** Takes a publish as a message: acknowledged, then shown. */
  accept({ id, text, resolve }: FakePublish, author: ChatMessage['author'] = ann): void {
    resolve({ kind: 'message', id, seq: this.#seq + 1 })
    this.say(author, text, { id })
  }
}

/** A client that is online as ann. */
export class FakeClient implements Client {
  state: ClientState = { status: 'online', session: 's', resumed: false, user: ann }
  readonly pending = 0
  readonly ready = Promise.resolve(ann)
  readonly room = new FakeRoom('general')
  readonly #handlers: Handlers<ClientEvents> = { state: new Set(), error: new Set() }

  get listeners(): number {
    return this.#handlers.state.size + this.#handlers.error.size + this.room.listeners
  }

  on<E extends keyof ClientEvents>(event: E, handler: ClientEvents[E]): () => void {
    this.#handlers[event].add(handler)
    return () => this.#handlers[event].delete(handler)
  }

  join(): FakeRoom {
    return this.room
  }

  async rooms(): Promise<[]> {
    await Promise.resolve()
    return []
  }

  async close(): Promise<void> {
    await Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  set(state: ClientState): void {
    this.state = state
    for (const handler of this.#handlers.state) handler(state)
  }

  error(error: ClientError): void {
    for (const handler of this.#handlers.error) handler(error)
  }
}
