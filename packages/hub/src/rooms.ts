import type { Passes } from './broadcast.ts'
import { HubError } from './errors.ts'
import type { User } from './identities.ts'
import type { ResolvedOptions } from './options.ts'
import { Outgoing } from './outgoing.ts'
import { Room } from './room.ts'

/** The rooms that somebody is in, or was in until a moment ago. */
export class Rooms {
  readonly #options: ResolvedOptions
  readonly #passes: Passes
  readonly #rooms = new Map<string, Room>()

  constructor(options: ResolvedOptions, passes: Passes) {
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
    const room: Room = new Room(name, log, this.#passes, overflow(name), {
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

  /** What `rooms` answers: those that were configured and those that somebody is in. */
  list(): readonly { readonly name: string; readonly count: number }[] {
    const { rooms } = this.#options
    const names = new Set([...(Array.isArray(rooms) ? rooms : []), ...this.#rooms.keys()])
    return [...names]
      .toSorted((a, b) => (a < b ? -1 : 1))
      .map(name => ({ name, count: this.#rooms.get(name)?.presence.count ?? 0 }))
  }

  /** A session ended for good: the user is not kept in the grace of any room. */
  forget(userId: string): void {
    for (const room of this.#rooms.values()) room.presence.forget(userId)
  }

  close(): void {
    for (const room of this.#rooms.values()) room.presence.close()
    this.#rooms.clear()
  }
}
