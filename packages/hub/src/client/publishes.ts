import type { Cancel, Clock } from '../clock.ts'
import { byteLength } from '../bytes.ts'
import type { ClientMessage, ClientMessageOf, ServerMessageOf } from '../protocol/messages.ts'
import { id as idField, text as textField } from '../protocol/values.ts'
import { ClientError, refusal } from './errors.ts'
import type { Receipt } from './types.ts'
import { Waiter } from './waiter.ts'

/** A log knows a message again for at least this long: behind it a retry could be a second message. */
const UNSETTLED_MS = 600_000
/** Publishes without answer at a time. A server lets 64 frames of a session wait, and there are others. */
const WINDOW = 32

/** What publishes need from the client. */
export interface PublishesOptions {
  readonly clock: Clock
  /** Most that wait to be sent. */
  readonly limit: number
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
  /** It had to wait for a connection: it is sent when the one before it in its room is answered. */
  held: boolean
  /** Set while the server has asked for a pause. */
  pause: Cancel | undefined
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
    { id = this.#options.nextId(), signal }: { readonly id?: string; readonly signal?: AbortSignal },
  ): Promise<Receipt> {
    signal?.throwIfAborted()
    this.#check(id, text)
    const { clock } = this.#options
    const waiter = new Waiter<Receipt>({
      clock,
      ms: UNSETTLED_MS,
      late: tooOld,
      signal,
      onSettled: () => {
        this.#entries.get(id)?.pause?.()
        this.#entries.delete(id)
        this.flush()
      },
    })
    const entry: Entry = {
      message: { type: 'publish', id, room, text },
      waiter,
      at: clock.now(),
      since: clock.monotonic(),
      sent: false,
      held: !this.#options.isJoined(room),
      pause: undefined,
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
    // Rooms in which something is that nothing behind it may overtake.
    const blocked = new Set<string>()
    for (const entry of this.#entries.values()) {
      const { room } = entry.message
      const isNext = !entry.sent && !entry.pause && !blocked.has(room)
      if (isNext && free > 0 && this.#options.isJoined(room)) {
        if (this.#ageOf(entry) >= UNSETTLED_MS) {
          entry.waiter.reject(tooOld())
          // That began this anew.
          return
        }
        free -= 1
        entry.sent = true
        this.#options.send(entry.message)
      }
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
    // Who publishes now decides what a refusal means to them. Who published while there was no connection has
    // gone on, and it is us who send all of it at once: so it is for us to go slower. Where the server does not
    // say when, it is never; and what would be too old by then must not be sent any more.
    const { code, retryAfterMs = Infinity } = frame
    if (entry.held && code === 'rate-limited' && this.#ageOf(entry) + retryAfterMs < UNSETTLED_MS)
      this.#hold(entry, retryAfterMs)
    else entry.waiter.reject(refusal(frame))
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

  #check(id: string, text: string): void {
    const problem = idField.problem(id)
    if (problem) throw new ClientError(problem.code, `id ${problem.message}`, { field: 'id' })
    if (this.#entries.has(id))
      throw new ClientError('bad-request', 'id is that of a publish that has no answer yet', { field: 'id' })
    // Said now, and not when the connection is back in a minute.
    const wrong = textField.problem(text)
    if (wrong) throw new ClientError(wrong.code, `text ${wrong.message}`, { field: 'text' })
  }

  #hold(entry: Entry, ms: number): void {
    entry.sent = false
    entry.pause = this.#options.clock.setTimer(() => {
      entry.pause = undefined
      this.flush()
    }, ms)
  }

  /** By either clock: one stands still while a machine sleeps, the other may be set back. */
  #ageOf({ at, since }: Entry): number {
    const { clock } = this.#options
    return Math.max(clock.now() - at, clock.monotonic() - since)
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

const tooOld = (): ClientError =>
  new ClientError('unsettled', 'it was not settled within 10 minutes; whether it has landed is not known')

function largest(entries: readonly Entry[]): Entry | undefined {
  let found: { readonly entry: Entry; readonly size: number } | undefined
  for (const entry of entries) {
    const size = byteLength(entry.message.text)
    if (!found || size > found.size) found = { entry, size }
  }
  return found?.entry
}
