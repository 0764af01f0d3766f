import type { ClientMessage, ClientMessageOf, ServerMessage, ServerMessageOf } from '@hubbub/hub'
import type { ChatMessage, ClientSocket, Connect } from '@hubbub/hub/client'

/** The server's end of one socket: a test decides what it says, and when. */
export class FakeSocket implements ClientSocket {
  readonly url: string
  readonly sent: ClientMessage[] = []
  /** How the client closed it. */
  closedWith: { readonly code: number | undefined; readonly reason: string | undefined } | undefined
  onopen: ClientSocket['onopen'] = null
  onmessage: ClientSocket['onmessage'] = null
  onclose: ClientSocket['onclose'] = null
  onerror: ClientSocket['onerror'] = null

  constructor(url: string) {
    this.url = url
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as ClientMessage)
  }

  close(code?: number, reason?: string): void {
    this.closedWith ??= { code, reason }
  }

  /** What the client sent of one type. */
  of<T extends ClientMessage['type']>(type: T): ClientMessageOf<T>[] {
    return this.sent.filter((message): message is ClientMessageOf<T> => message.type === type)
  }

  /** The newest of one type. Throws where there is none. */
  last<T extends ClientMessage['type']>(type: T): ClientMessageOf<T> {
    const found = this.of(type).at(-1)
    if (!found) throw new Error(`the client sent no ${type}, but ${this.sent.map(each => each.type).join()}`)
    return found
  }

  say(...messages: readonly (ServerMessage | string)[]): this {
    for (const message of messages)
      this.onmessage?.({ data: typeof message === 'string' ? message : JSON.stringify(message) })
    return this
  }

  /** Opens and welcomes. */
  welcome(extra: Partial<ServerMessageOf<'welcome'>> = {}): this {
    this.onopen?.()
    return this.say({
      type: 'welcome',
      id: this.last('hello').id,
      session: 'session-1',
      resumed: false,
      user: { id: 'guest:ann', name: 'Ann' },
      limits: {},
      heartbeatMs: 25_000,
      ...extra,
    })
  }

  /** Answers the newest join. */
  join(extra: Partial<ServerMessageOf<'joined'>> = {}): this {
    const { id, room } = this.last('join')
    return this.say({
      type: 'joined',
      id,
      room,
      epoch: 'e1',
      seq: extra.messages?.at(-1)?.seq ?? 0,
      messages: [],
      members: [],
      count: 0,
      version: 0,
      recovered: false,
      ...extra,
    })
  }

  /** A message of the room. */
  message(seq: number, room = 'general'): this {
    return this.say({ type: 'message', ...chat(seq, room) })
  }

  /** The connection ends, from the server's side or the network's. */
  end(code = 1006, reason = ''): void {
    this.onclose?.({ code, reason })
  }
}

/** Where a client connects in these tests. */
export class FakeServer {
  readonly sockets: FakeSocket[] = []
  readonly connect: Connect = url => {
    const socket = new FakeSocket(url)
    this.sockets.push(socket)
    return socket
  }

  /** The newest socket. Throws where there is none. */
  get socket(): FakeSocket {
    const socket = this.sockets.at(-1)
    if (!socket) throw new Error('the client has not connected')
    return socket
  }
}

export function chat(seq: number, room = 'general'): ChatMessage {
  return {
    room,
    seq,
    id: `m${seq}`,
    author: { id: 'guest:bob', name: 'Bob', kind: 'user' },
    text: `text ${seq}`,
    at: '2026-01-01T00:00:00.000Z',
  }
}

export const chats = (from: number, to: number): ChatMessage[] =>
  Array.from({ length: to - from + 1 }, (_, index) => chat(from + index))
