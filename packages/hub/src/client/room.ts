import type { Clock } from '../clock.ts'
import type { ClientMessage, Member, ServerMessage, ServerMessageOf } from '../protocol/messages.ts'
import type { Backoff } from './backoff.ts'
import { checkRequest } from './checks.ts'
import { Cursor, type Outcome, type Position } from './cursor.ts'
import { Emitter, type OnThrow } from './emitter.ts'
import { ClientError, refusal } from './errors.ts'
import { Joining } from './joining.ts'
import { People } from './people.ts'
import type { Publishes } from './publishes.ts'
import type { Requests } from './requests.ts'
import type { Turns } from './turns.ts'
import type { ClientRoom, Delivery, PublishOptions, Receipt, RoomEvents, Unsubscribe } from './types.ts'

/** Least time between two `typing` frames, in milliseconds. */
const TYPING_MS = 3_000

/** A message that is about one room. */
export type RoomMessage = Extract<ServerMessage, { readonly room: string }>

/** What a room needs from its client. */
export interface RoomHost {
  readonly clock: Clock
  readonly publishes: Publishes
  readonly requests: Requests
  readonly turns: Turns
  readonly online: boolean
  makeBackoff(): Backoff
  nextId(): string
  send(message: ClientMessage): void
  /** The room is over: nothing that comes is for it. */
  forget(room: Room): void
  readonly onThrow: OnThrow
}

/** One room over any number of connections. Frames come in, deliveries go out; `Cursor` decides which. */
export class Room implements ClientRoom {
  readonly name: string
  readonly ready: Promise<void>
  readonly #host: RoomHost
  readonly #events: Emitter<RoomEvents>
  readonly #cursor: Cursor
  readonly #people = new People()
  readonly #joining: Joining
  readonly #confirmed = Promise.withResolvers<void>()
  #joined = false
  #typedAt = -Infinity
  #over: ClientError | undefined
  #leaving: Promise<void> | undefined

  constructor(name: string, host: RoomHost, { last, after }: { last?: number; after?: Position }) {
    this.name = name
    this.#host = host
    this.ready = this.#confirmed.promise
    // Who does not look at `ready` is told by `left`, and not by a crash.
    this.ready.catch(() => undefined)
    this.#events = new Emitter(host.onThrow)
    this.#cursor = new Cursor(after)
    this.#joining = new Joining({
      clock: host.clock,
      backoff: host.makeBackoff(),
      turns: host.turns,
      nextId: () => host.nextId(),
      send: id => {
        const after = this.#cursor.position
        const from = after ? { after } : last === undefined ? {} : { last }
        host.send({ type: 'join', id, room: name, ...from })
      },
    })
  }

  get members(): readonly Member[] {
    return this.#people.members
  }

  get count(): number {
    return this.#people.count
  }

  /** Whether the server has confirmed the subscription on the connection that is up. */
  get joined(): boolean {
    return this.#joined
  }

  on<E extends keyof RoomEvents>(event: E, handler: RoomEvents[E]): Unsubscribe {
    return this.#events.on(event, handler)
  }

  async publish(text: string, options: PublishOptions = {}): Promise<Receipt> {
    if (this.#over) throw this.#over
    return this.#host.publishes.add(this.name, text, options)
  }

  async history(
    range: { readonly before?: number; readonly limit?: number; readonly signal?: AbortSignal } = {},
  ): ReturnType<ClientRoom['history']> {
    if (this.#over) throw this.#over
    const { before, limit, signal } = range
    const request = {
      type: 'history' as const,
      room: this.name,
      ...(before !== undefined && { before }),
      ...(limit !== undefined && { limit }),
    }
    checkRequest(request)
    const page = await this.#host.requests.ask(request, signal)
    return { messages: page.messages, complete: page.complete }
  }

  typing(): void {
    const now = this.#host.clock.monotonic()
    if (!this.#joined || now - this.#typedAt < TYPING_MS) return
    this.#typedAt = now
    this.#host.send({ type: 'typing', room: this.name })
  }

  leave(): Promise<void> {
    this.#leaving ??= this.#over ? Promise.resolve() : this.#leave()
    return this.#leaving
  }

  /** A connection is up: subscribe on it, behind what was delivered. */
  online(): void {
    if (!this.#over) this.#joining.start()
  }

  /** The connection is gone, and with it the subscription. */
  offline(): void {
    this.#joined = false
    this.#joining.stop()
  }

  receive(message: RoomMessage): void {
    if (message.type === 'joined') {
      if (this.#joining.joined(message)) this.#confirm(message)
      return
    }
    if (message.type === 'left') {
      // With an id it answers somebody who does not wait any more.
      if (message.id === undefined) this.end(message.reason, new ClientError('not-joined', message.reason))
      return
    }
    // Before `joined` nothing is about this subscription.
    if (!this.#joined) return
    switch (message.type) {
      case 'message':
        this.#follow(this.#cursor.message(message))
        break
      case 'reset':
        this.#follow(this.#cursor.reset(message))
        break
      case 'skipped':
        this.#follow(this.#cursor.skipped(message))
        break
      case 'presence':
        this.#meet(message)
        break
      case 'typing':
        this.#events.emit('typing', message.user)
        break
      default:
    }
  }

  /** Whether this refusal was for a join of this room. */
  refuse(frame: ServerMessageOf<'error'>): boolean {
    const verdict = this.#joining.refused(frame)
    if (verdict === 'final') this.end(frame.message, refusal(frame))
    return verdict !== 'not-ours'
  }

  /** The subscription is over. Idempotent. */
  end(reason: string, error: ClientError): void {
    if (this.#over) return
    this.#release(error)
    this.#announce(reason)
  }

  async #leave(): Promise<void> {
    const { requests, online } = this.#host
    const tell = online && this.#joining.begun
    // Nothing more is delivered from here on, and the name may be joined anew at once.
    this.#release(new ClientError('not-joined', `${this.name} was left`))
    try {
      if (tell) await requests.ask({ type: 'leave', room: this.name })
    } catch {
      // It did not answer, or the connection is gone: the subscription is over in any case.
    }
    this.#announce('asked')
  }

  #release(error: ClientError): void {
    this.#over = error
    this.offline()
    const { publishes, requests, online } = this.#host
    this.#host.forget(this)
    publishes.drop(this.name, error, !online)
    requests.drop(error, this.name)
    this.#confirmed.reject(error)
  }

  #announce(reason: string): void {
    this.#events.emit('left', reason)
    this.#events.clear()
  }

  #confirm(joined: ServerMessageOf<'joined'>): void {
    this.#joined = true
    this.#people.joined(joined)
    const deliveries = this.#cursor.joined(joined)
    this.#confirmed.resolve()
    this.#events.emit('joined', joined)
    this.#tellPresence()
    this.#deliver(deliveries)
    this.#host.publishes.flush()
    this.#host.requests.flush()
  }

  #follow(outcome: Outcome): void {
    if (outcome === 'gap') this.#joining.again()
    else this.#deliver(outcome)
  }

  #deliver(deliveries: readonly Delivery[]): void {
    // A handler may leave the room; then the rest is not for it.
    for (const delivery of deliveries) if (!this.#over) this.#events.emit('delivery', delivery)
  }

  #meet(presence: ServerMessageOf<'presence'>): void {
    const change = this.#people.apply(presence)
    if (change === 'gap') this.#joining.again()
    if (change === 'changed') this.#tellPresence()
  }

  #tellPresence(): void {
    this.#events.emit('presence', { members: this.members, count: this.count })
  }
}
