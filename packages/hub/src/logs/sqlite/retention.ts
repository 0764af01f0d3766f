import type { Messages } from './messages.ts'
import type { Room, Rooms } from './room.ts'

/** What is kept, and for how long. */
export interface RetentionOptions {
  readonly messagesPerRoom: number
  readonly ageMs: number
  readonly dedupeMs: number
}

/** Rows that one step deletes at most, and rooms that it looks at: some 2 ms, for ids lie all over their index. */
const STEP_ROWS = 100
const STEP_ROOMS = 50

/**
 * Decides what is shown, at once and exactly; and deletes what is not, in small steps, once its id need not be
 * known any more.
 */
export class Retention {
  readonly #options: RetentionOptions
  readonly #rooms: Rooms
  readonly #messages: Messages
  /** The key of the room that was swept last. */
  #swept = 0

  constructor(options: RetentionOptions, rooms: Rooms, messages: Messages) {
    this.#options = options
    this.#rooms = rooms
    this.#messages = messages
  }

  /** The lowest seq of the room that is shown; one above its newest where none is. */
  oldest(room: Room, now: number): number {
    const { messagesPerRoom, ageMs } = this.#options
    room.oldest = Math.max(room.oldest, room.floor, room.seq - messagesPerRoom + 1)
    if (ageMs !== Infinity) room.oldest = this.#firstAfter(room, now - ageMs)
    return room.oldest
  }

  /** Times never decrease with seq, so the first message after one is found by halving. */
  #firstAfter(room: Room, time: number): number {
    let low = room.oldest
    let high = room.seq + 1
    const isOld = (seq: number): boolean => (this.#messages.at(room, seq) ?? -Infinity) <= time
    // As a rule nothing has become too old since the last look.
    if (low >= high || !isOld(low)) return low
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (isOld(middle)) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Deletes a little. Returns whether it has come around all rooms. Call it within a transaction. */
  sweep(now: number): boolean {
    let budget = STEP_ROWS
    const rooms = this.#rooms.behind(this.#swept, STEP_ROOMS)
    for (const room of rooms) {
      const end = Math.min(this.oldest(room, now), room.floor + budget)
      const deleted = end > room.floor ? this.#messages.delete(room, end, now - this.#options.dedupeMs) : 0
      if (deleted > 0) {
        room.floor += deleted
        this.#rooms.save(room)
      }
      budget -= deleted
      // This room may have more: the next step begins with it.
      if (budget <= 0) return false
      this.#swept = room.key
    }
    if (rooms.length === STEP_ROOMS) return false
    this.#swept = 0
    return true
  }
}
