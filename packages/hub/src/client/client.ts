import type { ServerMessage, ServerMessageOf } from '../protocol/messages.ts'
import { Backoff } from './backoff.ts'
import { checkRequest, roomProblem } from './checks.ts'
import { Connection } from './connection.ts'
import { Emitter } from './emitter.ts'
import { ClientError, refusal } from './errors.ts'
import { type ResolvedClientOptions, resolveOptions } from './options.ts'
import { Publishes } from './publishes.ts'
import { Requests } from './requests.ts'
import { Room, type RoomHost } from './room.ts'
import { Turns } from './turns.ts'
import type { Client, ClientEvents, ClientOptions, ClientRoom, ClientState, Unsubscribe } from './types.ts'

type User = { readonly id: string; readonly name: string }

const { reportError } = globalThis as { reportError?: (error: unknown) => void }

/**
 * Connects to a hub, and keeps connected until it is closed or told not to come back. Throws a TypeError or
 * RangeError that names the option that cannot be used.
 *
 * @example
 * await using client = createClient({ url: 'ws://127.0.0.1:4480', name: 'Ann' })
 * const room = client.join('general')
 * room.on('delivery', delivery => {
 *   if (delivery.kind === 'message') console.log(delivery.message.author.name, delivery.message.text)
 * })
 * await room.publish('Hello!')
 */
export function createClient(options: ClientOptions): Client {
  const client = new HubClient(resolveOptions(options))
  client.start(options.signal)
  return client
}

/** Brings the connection and the rooms together: routes what comes in, and ends all of it at once. */
class HubClient implements Client {
  readonly ready: Promise<User>
  readonly #events = new Emitter<ClientEvents>((error, event) => {
    this.#report(error, event)
  })
  readonly #connection: Connection
  readonly #publishes: Publishes
  readonly #requests: Requests
  readonly #turns = new Turns()
  readonly #rooms = new Map<string, Room>()
  readonly #host: RoomHost
  readonly #welcomed = Promise.withResolvers<User>()
  #stopListening: (() => void) | undefined
  #closing: Promise<void> | undefined

  constructor(options: ResolvedClientOptions) {
    this.ready = this.#welcomed.promise
    // Who does not look at `ready` is told by `state`, and not by a crash.
    this.ready.catch(() => undefined)
    const { clock, queue, secret } = options
    const connection = this.#connect(options)
    const send: RoomHost['send'] = message => {
      connection.send(message)
    }
    const isJoined = (room: string): boolean => this.#rooms.get(room)?.joined ?? false
    const online = (): boolean => connection.state.status === 'online'
    this.#connection = connection
    const makeBackoff = (): Backoff => new Backoff(options.backoff, options.random)
    this.#publishes = new Publishes({ clock, limit: queue, makeBackoff, nextId: secret, send, isJoined })
    this.#requests = new Requests({
      clock,
      turns: this.#turns,
      nextId: secret,
      send,
      mayAsk: room => (room === undefined ? online() : isJoined(room)),
    })
    this.#host = {
      clock,
      publishes: this.#publishes,
      requests: this.#requests,
      turns: this.#turns,
      get online() {
        return online()
      },
      makeBackoff,
      nextId: secret,
      send,
      forget: room => {
        if (this.#rooms.get(room.name) === room) this.#rooms.delete(room.name)
      },
      onThrow: (error, event) => {
        this.#report(error, event)
      },
    }
  }

  get state(): ClientState {
    return this.#connection.state
  }

  get pending(): number {
    return this.#publishes.size
  }

  /** Begins; follows the signal. Called once. */
  start(signal: AbortSignal | undefined): void {
    const stop = (): void => {
      void this.close()
    }
    if (signal?.aborted) {
      stop()
      return
    }
    signal?.addEventListener('abort', stop, { once: true })
    this.#stopListening = () => {
      signal?.removeEventListener('abort', stop)
    }
    this.#connection.start()
  }

  on<E extends keyof ClientEvents>(event: E, handler: ClientEvents[E]): Unsubscribe {
    return this.#events.on(event, handler)
  }

  join(name: string, options: Parameters<Client['join']>[1] = {}): ClientRoom {
    const known = this.#rooms.get(name)
    if (known) return known
    const { state } = this
    const problem =
      roomProblem(name) ?? (state.status === 'closed' ? new ClientError('closed', state.reason) : undefined)
    const room = new Room(name, this.#host, options)
    if (problem) {
      room.end(problem.message, problem)
      return room
    }
    checkRequest({ type: 'join', room: name, ...options })
    this.#rooms.set(name, room)
    if (state.status === 'online') room.online()
    return room
  }

  async rooms({ signal }: { readonly signal?: AbortSignal } = {}): ReturnType<Client['rooms']> {
    if (this.state.status === 'closed') throw new ClientError('closed', this.state.reason)
    const { rooms } = await this.#requests.ask({ type: 'rooms' }, signal)
    return rooms
  }

  close(): Promise<void> {
    this.#closing ??= this.#connection.close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #connect(options: ResolvedClientOptions): Connection {
    return new Connection(options, {
      state: state => {
        this.#events.emit('state', state)
        if (state.status === 'closed') this.#events.clear()
      },
      online: ({ user }) => {
        this.#welcomed.resolve(user)
        for (const room of this.#rooms.values()) room.online()
        this.#requests.flush()
      },
      offline: () => {
        for (const room of this.#rooms.values()) room.offline()
        this.#publishes.offline(room => this.#rooms.has(room))
        this.#requests.offline()
        this.#turns.clear()
      },
      received: message => {
        this.#received(message)
      },
      error: error => {
        this.#events.emit('error', error)
      },
      closed: error => {
        this.#closed(error)
      },
    })
  }

  #received(message: ServerMessage): void {
    switch (message.type) {
      case 'ack':
        this.#publishes.acknowledge(message)
        break
      case 'history':
      case 'rooms':
        this.#requests.answer(message)
        break
      case 'error':
        this.#refused(message)
        break
      case 'left':
        this.#requests.answer(message)
        this.#rooms.get(message.room)?.receive(message)
        break
      default:
        if ('room' in message) this.#rooms.get(message.room)?.receive(message)
    }
    // Afterwards: a join that this has answered need not be made again.
    if ('id' in message && message.id !== undefined) this.#turns.answered(message.id)
  }

  /** A refusal that nobody waits for any more concerns nobody; one without id concerns the application. */
  #refused(frame: ServerMessageOf<'error'>): void {
    const { id } = frame
    if (id === undefined) {
      this.#events.emit('error', refusal(frame))
      return
    }
    const answered = { ...frame, id }
    if (this.#publishes.refuse(answered) || this.#requests.refuse(answered)) return
    for (const room of this.#rooms.values()) if (room.refuse(frame)) return
  }

  #closed(error: ClientError): void {
    this.#stopListening?.()
    this.#publishes.close(error)
    const closed =
      error.code === 'closed' ? error : new ClientError('closed', error.message, { cause: error })
    this.#requests.drop(closed)
    for (const room of this.#rooms.values()) room.end(error.message, closed)
    this.#welcomed.reject(error)
  }

  /** A handler that throws is the application's fault, and nobody else's trouble. */
  #report(cause: unknown, event: string): void {
    if (reportError) reportError(cause)
    // An `error` handler that throws has nobody left to tell.
    else if (event !== 'error')
      this.#events.emit('error', new ClientError('internal', `a handler of ${event} threw`, { cause }))
  }
}
