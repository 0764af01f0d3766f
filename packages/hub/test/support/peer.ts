import { type Hub, type ServerMessage } from '@hubbub/hub'
import { memoryTransport, type MemoryOptions } from '@hubbub/hub/memory'

type Of<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>

/** A bare client that speaks the protocol frame by frame, over the memory transport or the socket it is given. */
export class Peer {
  readonly frames: ServerMessage[] = []
  closed: { readonly code: number; readonly reason: string } | undefined
  readonly #socket
  readonly #waiters = new Set<() => void>()

  constructor(hub: Hub, options?: MemoryOptions, socket = memoryTransport(hub, options)('memory:')) {
    this.#socket = socket
    this.#socket.onmessage = ({ data }) => {
      this.frames.push(JSON.parse(String(data)) as ServerMessage)
      this.#wake()
    }
    this.#socket.onclose = closed => {
      this.closed = closed
      this.#wake()
    }
  }

  send(...messages: readonly (object | string)[]): this {
    for (const message of messages)
      this.#socket.send(typeof message === 'string' ? message : JSON.stringify(message))
    return this
  }

  close(code?: number): void {
    this.#socket.close(code)
  }

  /** Frames of one type, so far. */
  of<T extends ServerMessage['type']>(type: T): Of<T>[] {
    return this.frames.filter((frame): frame is Of<T> => frame.type === type)
  }

  /** Resolves once `fits` finds something. */
  async until<T>(fits: () => T | undefined): Promise<T> {
    for (;;) {
      const found = fits()
      if (found !== undefined) return found
      const woken = Promise.withResolvers<void>()
      this.#waiters.add(woken.resolve)
      await woken.promise
    }
  }

  /** The nth frame of a type (from 1). */
  async next<T extends ServerMessage['type']>(type: T, nth = 1): Promise<Of<T>> {
    return this.until(() => this.of(type)[nth - 1])
  }

  /** The frame that answers a request. */
  async answer(id: string): Promise<ServerMessage> {
    return this.until(() =>
      this.frames.find(frame => 'id' in frame && frame.id === id && frame.type !== 'message'),
    )
  }

  async end(): Promise<{ readonly code: number; readonly reason: string }> {
    return this.until(() => this.closed)
  }

  /** Says hello under a name and joins a room. */
  async enter(name: string, room = 'general', extra: object = {}): Promise<Of<'joined'>> {
    this.send({ type: 'hello', id: 'h', name }, { type: 'join', id: 'j', room, ...extra })
    return this.next('joined')
  }

  #wake(): void {
    for (const wake of this.#waiters) wake()
    this.#waiters.clear()
  }
}
