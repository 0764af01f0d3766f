/** A client without a server: the test says what the server would have said. */
import type {
  ChatMessage,
  Client,
  ClientEvents,
  ClientRoom,
  ClientState,
  Member,
  Receipt,
  RoomEvents,
} from '@hubbub/hub/client'

type Handlers<E> = { [K in keyof E]: Set<E[K]> }

const person = (name: string, kind: Member['kind'] = 'user'): Member => ({ id: `guest:${name}`, name, kind })

/** The people that tests talk about. */
export const people: Readonly<Record<'ann' | 'bob' | 'carol' | 'quotes', Member>> = {
  ann: person('ann'),
  bob: person('bob'),
  carol: person('carol'),
  quotes: person('quotes', 'bot'),
}

/** A publish that the test answers. */
export interface FakePublish {
  readonly text: string
  readonly id: string
  readonly resolve: (receipt: Receipt) => void
  readonly reject: (error: Error) => void
}

/** A request for history that the test answers. */
export interface FakeHistory {
  readonly before: number | undefined
  readonly resolve: (page: { messages: readonly ChatMessage[]; complete: boolean }) => void
  readonly reject: (error: Error) => void
}

type HistoryPage = Awaited<ReturnType<ClientRoom['history']>>

/** A subscription whose events the test sends. */
export class FakeRoom implements ClientRoom {
  readonly name: string
  members: readonly Member[] = []
  count = 0
  seq = 0
  readonly published: FakePublish[] = []
  readonly histories: FakeHistory[] = []
  readonly #ready = Promise.withResolvers<void>()
  readonly ready = this.#ready.promise
  readonly handlers: Handlers<RoomEvents> = {
    delivery: new Set(),
    joined: new Set(),
    presence: new Set(),
    typing: new Set(),
    left: new Set(),
  }
  typed = 0
  leaves = 0
  /** A server that answers by itself. */
  onPublish: ((publish: FakePublish) => void) | undefined
  readonly #clock: () => number

  constructor(name: string, clock: () => number) {
    this.name = name
    this.#clock = clock
    this.ready.catch(() => {})
  }

  on<E extends keyof RoomEvents>(event: E, handler: RoomEvents[E]): () => void {
    this.handlers[event].add(handler)
    return () => this.handlers[event].delete(handler)
  }

  publish(text: string, options?: { readonly id?: string }): Promise<Receipt> {
    const { promise, resolve, reject } = Promise.withResolvers<Receipt>()
    const publish = { text, id: options?.id ?? 'no id', resolve, reject }
    this.published.push(publish)
    this.onPublish?.(publish)
    return promise
  }

  history(range?: { readonly before?: number }): ReturnType<ClientRoom['history']> {
    const { promise, resolve, reject } = Promise.withResolvers<HistoryPage>()
    this.histories.push({ before: range?.before, resolve, reject })
    return promise
  }

  typing(): void {
    this.typed += 1
  }

  leave(): Promise<void> {
    this.leaves += 1
    return Promise.resolve()
  }

  /** The server confirms the join. */
  confirm(members: readonly Member[] = [people.ann, people.bob]): void {
    this.members = members
    this.count = members.length
    this.#ready.resolve()
    for (const handler of this.handlers.joined)
      handler({
        type: 'joined',
        id: 'j',
        room: this.name,
        epoch: 'e',
        seq: this.seq,
        messages: [],
        members,
        count: members.length,
        version: 1,
        recovered: false,
      })
  }

  /** The server refuses the join. */
  refuse(error: Error): void {
    this.#ready.reject(error)
  }

  /** A message, as the room's log has it. */
  message(author: Member, text: string, more: Partial<ChatMessage> = {}): ChatMessage {
    this.seq += 1
    const at = new Date(this.#clock()).toISOString()
    return { room: this.name, seq: this.seq, id: `m${this.seq}`, author, text, at, ...more }
  }

  /** Somebody says something. */
  say(author: Member, text: string, more: Partial<ChatMessage> = {}): void {
    const message = this.message(author, text, more)
    this.seq = message.seq
    for (const handler of this.handlers.delivery) handler({ kind: 'message', message })
  }

  emit<E extends keyof RoomEvents>(event: E, ...args: Parameters<RoomEvents[E]>): void {
    for (const handler of this.handlers[event]) (handler as (...all: typeof args) => void)(...args)
  }
}

/** A client whose states and rooms the test decides. */
export class FakeClient implements Client {
  state: ClientState = { status: 'connecting', attempt: 1 }
  pending = 0
  readonly ready = new Promise<never>(() => {})
  readonly opened = new Map<string, FakeRoom>()
  readonly handlers: Handlers<ClientEvents> = { state: new Set(), error: new Set() }
  list: readonly { readonly name: string; readonly count: number }[] = []
  closed = 0
  /** A server that answers by itself. */
  onJoin: ((room: FakeRoom) => void) | undefined
  readonly #clock: () => number

  constructor(clock: () => number) {
    this.#clock = clock
  }

  on<E extends keyof ClientEvents>(event: E, handler: ClientEvents[E]): () => void {
    this.handlers[event].add(handler)
    return () => this.handlers[event].delete(handler)
  }

  join(name: string): FakeRoom {
    const open = this.opened.get(name)
    if (open) return open
    const room = new FakeRoom(name, this.#clock)
    this.opened.set(name, room)
    this.onJoin?.(room)
    return room
  }

  rooms(): Promise<readonly { readonly name: string; readonly count: number }[]> {
    return Promise.resolve(this.list)
  }

  close(): Promise<void> {
    this.closed += 1
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  set(state: ClientState): void {
    this.state = state
    for (const handler of this.handlers.state) handler(state)
  }

  online(me: Member = people.ann): void {
    this.set({ status: 'online', session: 's', resumed: false, user: { id: me.id, name: me.name } })
  }
}
