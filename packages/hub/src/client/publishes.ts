import type { Cancel, Clock } from '../clock.ts'
import { byteLength } from '../bytes.ts'
import type { ClientMessage, ClientMessageOf, ServerMessageOf } from '../protocol/messages.ts'
import type { Backoff } from './backoff.ts'
import { publishProblem } from './checks.ts'
import { ClientError, refusal } from './errors.ts'
import { isCommand, patienceWith, tooOld } from './patience.ts'
import type { PublishOptions, Receipt } from './types.ts'
import { Waiter } from './waiter.ts'

/** Publishes without answer at a time. A server lets 64 frames of a session wait, and there are others. */
const WINDOW = 32

/** What publishes need from the client. */
export interface PublishesOptions {
  readonly clock: Clock
  /** Most that wait to be sent. */
  readonly limit: number
  readonly makeBackoff: () => Backoff
  readonly nextId: () => string
  readonly send: (message: ClientMessage) => void
  /** Whether a room's subscription is confirmed on the connection that is up. */
  readonly isJoined: (room: string) => boolean
}

interface Entry {
  readonly message: ClientMessageOf<'publish'>
  readonly waiter: Waiter<Receipt>
  /** When it was made, by the wall clock and by the one that never goes back. */
  readonly at: number
  readonly since: number
  /** It is on its way, on the connection that is up. */
  sent: boolean
  /** It was on its way before, on this connection or another. */
  tried: boolean
  /** It had to wait for the connection or for the server: it is sent when the one before it in its room is answered. */
  held: boolean
  /** Set while it must not be sent. */
  pause: Cancel | undefined
  /** How long to wait for a log that does not answer. */
  backoff: Backoff | undefined
}

/**
 * Publishes that have no answer yet, in the order in which they were made. Each is sent at most once on one
 * connection, and again with the same id on the next; a room's publishes never overtake each other.
 */
export class Publishes {
  readonly #options: PublishesOptions
  readonly #entries = new Map<string, Entry>()

  constructor(options: PublishesOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#entries.size
  }

  /** See `ClientRoom.publish`. */
  async add(
    room: string,
    text: string,
    { id = this.#options.nextId(), signal, traceparent, tracestate }: PublishOptions,
  ): Promise<Receipt> {
    signal?.throwIfAborted()
    const state = tracestate !== undefined && { tracestate }
    const trace = traceparent !== undefined && { traceparent, ...state }
    const message = { type: 'publish' as const, id, room, text, ...trace }
    const problem = publishProblem(message)
    if (problem) throw problem
    if (this.#entries.has(id))
      throw new ClientError('bad-request', 'id is that of a publish that has no answer yet', { field: 'id' })
    const { clock } = this.#options
    const waiter = new Waiter<Receipt>({
      clock,
      ms: patienceWith(text),
      late: () => tooOld(text, entry.tried),
      signal,
      onSettled: () => {
        this.#entries.get(id)?.pause?.()
        this.#entries.delete(id)
        this.flush()
      },
    })
    const entry: Entry = {
      message,
      waiter,
      at: clock.now(),
      since: clock.monotonic(),
      sent: false,
      tried: false,
      held: !this.#options.isJoined(room),
      pause: undefined,
      backoff: undefined,
    }
    this.#entries.set(id, entry)
    this.flush()
    if (!entry.sent && this.#waiting() > this.#options.limit)
      waiter.reject(
        new ClientError(
          'queue-full',
          `${this.#options.limit} publishes wait already; try again when some are sent`,
        ),
      )
    return waiter.promise
  }

  /** Sends what may be sent now. */
  flush(): void {
    let free = WINDOW - this.#underWay()
    // Rooms in which something waits, and rooms in which something is that nothing behind it may overtake.
    const held = new Set<string>()
    const blocked = new Set<string>()
    for (const entry of this.#entries.values()) {
      const { room } = entry.message
      // Behind one that had to wait it has to wait as well, and all of it is for us to send.
      if (!entry.sent && held.has(room)) entry.held = true
      const isNext = !entry.sent && !entry.pause && !blocked.has(room)
      if (isNext && free > 0 && this.#options.isJoined(room)) {
        const left = this.#leftOf(entry)
        if (left < 1) {
          entry.waiter.reject(tooOld(entry.message.text, entry.tried))
          // That began this anew.
          return
        }
        free -= 1
        entry.sent = true
        entry.tried = true
        const { message } = entry
        this.#options.send(isCommand(message.text) ? { ...message, budgetMs: left } : message)
      }
      if (entry.held) held.add(room)
      if (!entry.sent || entry.held) blocked.add(room)
    }
  }

  /**
   * The connection is gone: whether what was sent on it has landed is for the next one to tell. Where the room
   * was left meanwhile, nobody can.
   */
  offline(hasRoom: (room: string) => boolean): void {
    for (const entry of this.#entries.values()) {
      if (!hasRoom(entry.message.room)) {
        entry.waiter.reject(new ClientError('unsettled', 'the connection ended before it was answered'))
        continue
      }
      entry.pause?.()
      entry.pause = undefined
      entry.sent = false
      entry.held = true
    }
  }

  acknowledge({ id, seq, command }: ServerMessageOf<'ack'>): void {
    const entry = this.#entries.get(id)
    entry?.waiter.resolve(
      command === true || seq === undefined ? { kind: 'command', id } : { kind: 'message', id, seq },
    )
  }

  /** Whether this refusal was for one of these. */
  refuse(frame: ServerMessageOf<'error'> & { readonly id: string }): boolean {
    const entry = this.#entries.get(frame.id)
    if (!entry) return false
    const wait = this.#patience(entry, frame)
    if (wait === undefined) entry.waiter.reject(refusal(frame))
    else this.#hold(entry, wait)
    this.flush()
    return true
  }

  /** Ends what waits for a room that is left; with `all`, what is on its way as well. */
  drop(room: string, error: ClientError, all: boolean): void {
    for (const { message, sent, waiter } of this.#entries.values())
      if (message.room === room && (all || !sent)) waiter.reject(error)
  }

  /** Rejects everything. Where a frame was too large for the server, the largest under way was it. */
  close(error: ClientError): void {
    const entries = [...this.#entries.values()]
    const culprit = error.code === 'too-large' ? largest(entries.filter(({ sent }) => sent)) : undefined
    culprit?.waiter.reject(error)
    const closed =
      error.code === 'closed' ? error : new ClientError('closed', error.message, { cause: error })
    for (const { waiter } of entries) waiter.reject(closed)
  }

  /** After how many milliseconds a refused publish is sent again; undefined where the refusal is its answer. */
  #patience(entry: Entry, { code, retryAfterMs }: ServerMessageOf<'error'>): number | undefined {
    // It may have landed, and it may land yet: its id makes another try harmless. But of a command this says that
    // bots are unreachable, and who gave it wants to know.
    if (code === 'unavailable' && !isCommand(entry.message.text)) {
      entry.backoff ??= this.#options.makeBackoff()
      return Math.max(entry.backoff.next(), retryAfterMs ?? 0)
    }
    // Who publishes now decides what a limit means to them. Who published while there was no connection has gone
    // on, and it is us who send all of it at once: so it is for us to go slower. Where the server does not say when,
    // it is never; and what would be too old by then must not be sent any more.
    if (code !== 'rate-limited' || !entry.held || retryAfterMs === undefined) return undefined
    return retryAfterMs < this.#leftOf(entry) ? retryAfterMs : undefined
  }

  #hold(entry: Entry, ms: number): void {
    entry.sent = false
    entry.held = true
    entry.pause = this.#options.clock.setTimer(() => {
      entry.pause = undefined
      this.flush()
    }, ms)
  }

  /**
   * How long it may still go without an answer, in whole milliseconds. By either clock: one stands still while a
   * machine sleeps, the other may be set back.
   */
  #leftOf({ message, at, since }: Entry): number {
    const { clock } = this.#options
    const age = Math.max(clock.now() - at, clock.monotonic() - since)
    return Math.floor(patienceWith(message.text) - age)
  }

  #underWay(): number {
    let count = 0
    for (const { sent } of this.#entries.values()) if (sent) count += 1
    return count
  }

  #waiting(): number {
    return this.#entries.size - this.#underWay()
  }
}

function largest(entries: readonly Entry[]): Entry | undefined {
  let found: { readonly entry: Entry; readonly size: number } | undefined
  for (const entry of entries) {
    const size = byteLength(entry.message.text)
    if (!found || size > found.size) found = { entry, size }
  }
  return found?.entry
}
