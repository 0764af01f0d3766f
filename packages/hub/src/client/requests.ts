import type { Clock } from '../clock.ts'
import type { ClientMessage, ClientMessageOf, ServerMessage, ServerMessageOf } from '../protocol/messages.ts'
import { ClientError, refusal } from './errors.ts'
import type { Turns } from './turns.ts'
import { Waiter } from './waiter.ts'

/** How long a request may stay without an answer, in milliseconds; the time without connection included. */
const REQUEST_MS = 10_000

/** Requests by the type of their answer. */
interface Answers {
  readonly history: ServerMessageOf<'history'>
  readonly rooms: ServerMessageOf<'rooms'>
  readonly leave: ServerMessageOf<'left'>
}

/** What requests need from the client. */
export interface RequestsOptions {
  readonly clock: Clock
  readonly turns: Turns
  readonly nextId: () => string
  readonly send: (message: ClientMessage) => void
  /** Whether a request may go out now: the client is online, and in the room that it is about. */
  readonly mayAsk: (room: string | undefined) => boolean
}

interface Entry {
  readonly message: ClientMessageOf<keyof Answers>
  readonly waiter: Waiter<ServerMessage>
  /** It is on its way on the connection that is up, or will be when it is its turn. */
  asked: boolean
}

/** Questions to the server: each is asked again on a new connection, until it is answered or 10 s old. */
export class Requests {
  readonly #options: RequestsOptions
  readonly #entries = new Map<string, Entry>()

  constructor(options: RequestsOptions) {
    this.#options = options
  }

  /** Rejects with `timeout`, the server's refusal, or the signal's reason. */
  ask<T extends keyof Answers>(
    request: Omit<ClientMessageOf<T>, 'id'> & { readonly type: T },
    signal?: AbortSignal,
  ): Promise<Answers[T]> {
    const id = this.#options.nextId()
    const waiter = new Waiter<ServerMessage>({
      clock: this.#options.clock,
      ms: REQUEST_MS,
      late: () => new ClientError('timeout', `${request.type} had no answer within ${REQUEST_MS / 1_000} s`),
      signal,
      onSettled: () => {
        this.#entries.delete(id)
        this.#options.turns.withdraw(id)
      },
    })
    if (!waiter.settled) {
      const message = { ...request, id } as unknown as ClientMessageOf<keyof Answers>
      this.#entries.set(id, { message, waiter, asked: false })
      this.flush()
    }
    return waiter.promise as Promise<Answers[T]>
  }

  /** Sends what may be sent now, each when it is its turn. */
  flush(): void {
    const { turns, mayAsk, send } = this.#options
    for (const entry of this.#entries.values()) {
      const { message, asked } = entry
      // The room of a `leave` is over on this side already.
      if (asked || !mayAsk(message.type === 'leave' ? undefined : roomOf(message))) continue
      entry.asked = true
      turns.take(message.id, () => {
        send(message)
      })
    }
  }

  /** The connection is gone: what was asked on it must be asked again. */
  offline(): void {
    for (const entry of this.#entries.values()) {
      entry.asked = false
      // A subscription ends with its connection: this one was answered by that.
      if (entry.message.type === 'leave')
        entry.waiter.reject(new ClientError('closed', 'the connection ended'))
    }
  }

  /** Takes an answer; ignores one that nobody waits for any more. */
  answer(message: ServerMessageOf<'history' | 'rooms' | 'left'>): void {
    const entry = message.id === undefined ? undefined : this.#entries.get(message.id)
    const wanted = message.type === 'left' ? 'leave' : message.type
    if (entry?.message.type === wanted) entry.waiter.resolve(message)
  }

  /** Whether this refusal was for one of these. */
  refuse(frame: ServerMessageOf<'error'> & { readonly id: string }): boolean {
    const entry = this.#entries.get(frame.id)
    entry?.waiter.reject(refusal(frame))
    return entry !== undefined
  }

  /** Rejects what was asked about a room, or everything. */
  drop(error: ClientError, room?: string): void {
    for (const { message, waiter } of this.#entries.values())
      if (room === undefined || roomOf(message) === room) waiter.reject(error)
  }
}

const roomOf = (message: ClientMessage): string | undefined => ('room' in message ? message.room : undefined)
