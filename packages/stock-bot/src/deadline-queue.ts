import type { Cancel, Clock } from './clock.ts'

/** The longest timer of Node, in milliseconds: a longer one fires after 1 ms. */
const LONGEST_TIMER = 2 ** 31 - 1

/** A deadline that is waited for. */
export interface Deadline {
  /** Ends the waiting; harmless when it is over. */
  cancel(): void
}

/**
 * Waits for many deadlines with one timer, for a timer of its own costs each command more than all of this.
 * Where nothing is waited for, no timer is set.
 */
export class DeadlineQueue {
  readonly #clock: Clock
  /** A binary heap: the next at the front, each before the two at twice its place. */
  readonly #heap: Entry[] = []
  #timer: Cancel | undefined
  /** When the timer looks, by the monotonic clock. */
  #looksAt = 0
  #added = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Deadlines that are waited for. */
  get size(): number {
    return this.#heap.length
  }

  /**
   * Calls `fire` once when as much time has passed as the wall clock is away from `at` (epoch milliseconds) now, never
   * before this call has returned; equal deadlines in the order in which they were added. A wall clock that is set
   * meanwhile changes nothing: whoever waits has waited all the same. `fire` must not throw.
   */
  add(at: number, fire: () => void): Deadline {
    const now = this.#clock.monotonic()
    const entry = new Entry(this, now + Math.max(0, at - this.#clock.now()), this.#added, fire)
    this.#added += 1
    this.#heap.push(entry)
    this.#rise(entry, this.#heap.length - 1)
    if (!this.#timer || this.#looksAt > entry.due) this.#set(now)
    return entry
  }

  /** Ends the waiting for all of them. */
  clear(): void {
    for (const entry of this.#heap) entry.place = -1
    this.#heap.length = 0
    this.#unset()
  }

  /** @internal Takes an entry out of its place. */
  remove(entry: Entry): void {
    const { place } = entry
    if (place < 0) return
    entry.place = -1
    const last = this.#heap.pop()
    if (last && last !== entry) {
      this.#rise(last, place)
      this.#sink(last, last.place)
    }
    // Else the timer stays: it looks once too often, which costs less than to set another for each removal.
    if (this.#heap.length === 0) this.#unset()
  }

  readonly #look = (): void => {
    this.#timer = undefined
    try {
      for (let first = this.#heap[0]; first && first.due <= this.#clock.monotonic(); first = this.#heap[0]) {
        this.remove(first)
        first.fire()
      }
    } finally {
      if (this.#heap.length > 0) this.#set(this.#clock.monotonic())
    }
  }

  #set(now: number): void {
    const [first] = this.#heap
    if (!first) return
    this.#timer?.()
    const ms = Math.min(Math.max(first.due - now, 0), LONGEST_TIMER)
    this.#looksAt = now + ms
    this.#timer = this.#clock.setTimer(this.#look, ms)
  }

  #unset(): void {
    this.#timer?.()
    this.#timer = undefined
  }

  /** Moves an entry from this place to the front, past those that come later. */
  #rise(entry: Entry, from: number): void {
    let place = from
    while (place > 0) {
      const above = (place - 1) >> 1
      const other = this.#heap[above]
      if (!other || !entry.isBefore(other)) break
      this.#put(other, place)
      place = above
    }
    this.#put(entry, place)
  }

  /** Moves an entry from this place to the back, past those that come earlier. */
  #sink(entry: Entry, from: number): void {
    let place = from
    for (;;) {
      const left = this.#heap[2 * place + 1]
      const right = this.#heap[2 * place + 2]
      const other = right && left && right.isBefore(left) ? right : left
      if (!other || !other.isBefore(entry)) break
      const below = other.place
      this.#put(other, place)
      place = below
    }
    this.#put(entry, place)
  }

  #put(entry: Entry, place: number): void {
    this.#heap[place] = entry
    entry.place = place
  }
}

class Entry implements Deadline {
  readonly #queue: DeadlineQueue
  readonly #order: number
  /** By the monotonic clock. */
  readonly due: number
  readonly fire: () => void
  /** Where it is in the heap; -1 where it is not. */
  place = -1

  constructor(queue: DeadlineQueue, due: number, order: number, fire: () => void) {
    this.#queue = queue
    this.#order = order
    this.due = due
    this.fire = fire
  }

  isBefore(other: Entry): boolean {
    return this.due < other.due || (this.due === other.due && this.#order < other.#order)
  }

  cancel(): void {
    this.#queue.remove(this)
  }
}
