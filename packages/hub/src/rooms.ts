import type { Passes } from './broadcast.ts'
import { byteLength } from './bytes.ts'
import type { Cancel } from './clock.ts'
import { Deadline } from './deadline.ts'
import { HubError } from './errors.ts'
import type { Identity, User } from './identities.ts'
import type { ResolvedOptions } from './options.ts'
import { Outgoing } from './outgoing.ts'
import { type Read, Room } from './room.ts'

/** How often the rooms are compared with the log: a message that nobody told of is found by then. */
const COMPARE_MS = 5_000
/** Rooms that are read at a time: one whose read hangs must not keep the others waiting. */
const COMPARED_AT_ONCE = 16

/** A room in the answer to `rooms`. */
export interface RoomInfo {
  readonly name: string
  readonly count: number
}

/** The rooms that somebody is in, or was in until a moment ago. */
export class Rooms {
  /** Bounds what is asked of the log. */
  readonly deadline: Deadline
  readonly #options: ResolvedOptions
  readonly #passes: Passes
  readonly #rooms = new Map<string, Room>()
  #timer: Cancel | undefined
  #closed = false

  constructor(options: ResolvedOptions, passes: Passes) {
    const { clock, limits } = options
    this.deadline = new Deadline(clock, limits.logMs)
    this.#options = options
    this.#passes = passes
  }

  get size(): number {
    return this.#rooms.size
  }

  get(name: string): Room | undefined {
    return this.#rooms.get(name)
  }

  /** The room, made at the first call; it goes when nobody is left in it. */
  open(name: string): Room {
    const found = this.#rooms.get(name)
    if (found) return found
    const { clock, scheduler, limits, log, overflow } = this.#options
    const read: Read = range => this.deadline.within(() => log.read(name, range))
    const room: Room = new Room(name, read, this.#passes, overflow(name), {
      clock,
      scheduler,
      graceMs: limits.presenceGraceMs,
      publish: update => {
        room.broadcast(new Outgoing(update))
      },
      onEmpty: () => {
        this.release(room)
      },
    })
    this.#rooms.set(name, room)
    if (!this.#timer) this.#watch()
    return room
  }

  /** Forgets a room in which nobody is left and nothing is under way. */
  release(room: Room): void {
    if (room.busy || room.subscriptions.size > 0 || room.presence.count > 0) return
    room.presence.close()
    if (this.#rooms.get(room.name) === room) this.#rooms.delete(room.name)
  }

  /** Throws `not-found` where this user has no such room. */
  async require(name: string, user: User): Promise<void> {
    const { rooms } = this.#options
    if (rooms === 'any') return
    const exists = typeof rooms === 'function' ? await rooms(name, user) : rooms.includes(name)
    if (exists) return
    const which = typeof rooms === 'function' ? '' : `; the rooms are ${rooms.slice(0, 20).join(', ')}`
    throw new HubError('not-found', `there is no room ${name}${which}`, { field: 'room' })
  }

  /**
   * What `rooms` answers: those that were configured and those that somebody is in, as far as this user may
   * join them; where they do not fit one page, those with the most people.
   */
  async list(user: User): Promise<readonly RoomInfo[]> {
    const { rooms, limits } = this.#options
    const names = new Set([...(Array.isArray(rooms) ? rooms : []), ...this.#rooms.keys()])
    const found = [...names].map(name => ({ name, count: this.#rooms.get(name)?.presence.count ?? 0 }))
    let left = Math.min(limits.pageBytes, limits.outboxBytes / 2)
    const shown: RoomInfo[] = []
    for (const room of found.toSorted((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))) {
      if (typeof rooms === 'function' && !(await rooms(room.name, user))) continue
      left -= byteLength(JSON.stringify(room)) + 1
      if (left < 0) break
      shown.push(room)
    }
    return shown.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Compares every room that somebody is in with the log, and reads what is missing. */
  async #compare(): Promise<void> {
    const rooms = [...this.#rooms.values()]
    const { log } = this.#options
    try {
      const positions = await this.deadline.within(() => log.positions(rooms.map(({ name }) => name)))
      const left = positions.entries()
      const compare = async (): Promise<void> => {
        for (const [index, position] of left) await rooms[index]?.compare(position)
      }
      await Promise.all(Array.from({ length: COMPARED_AT_ONCE }, compare))
    } catch {
      // The log does not answer now; it is asked again in a moment.
    }
    this.#watch()
  }

  #watch(): void {
    const { clock, random } = this.#options
    const wait = COMPARE_MS * (0.75 + random() / 2)
    this.#timer =
      this.#rooms.size === 0 || this.#closed
        ? undefined
        : clock.setTimer(() => {
            void this.#compare()
          }, wait)
  }

  /** A session ended for good: no room waits for it any more. */
  forget(identity: Identity): void {
    for (const room of this.#rooms.values()) room.presence.forget(identity)
  }

  close(): void {
    this.#closed = true
    this.#timer?.()
    this.deadline.close()
    for (const room of this.#rooms.values()) room.presence.close()
    this.#rooms.clear()
  }
}
