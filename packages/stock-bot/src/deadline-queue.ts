import type { Cancel, Clock } from './clock.ts'

/**
 * The longest time without a look at the clock, in milliseconds: a wall clock that is set forward makes a
 * deadline late by no more, one that is set back by no more than that either, and no timer is longer than the
 * platform knows.
 */
const LOOK_MS = 1_000
/** How far the clock may be behind a timer, in milliseconds, before it was set back: timers fire a little early. */
const EARLY_MS = 50

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
  /** When the timer was set and when it looks at the clock, in its wall-clock time. */
  #setAt = 0
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
   * Calls `fire` once when the wall clock has reached `at` (epoch milliseconds), never before this call has
   * returned; equal deadlines in the order in which they were added. `fire` must not throw.
   */
  add(at: number, fire: () => void): Deadline {
    const now = this.#clock.now()
    const isBack = this.#timer !== undefined && now < this.#setAt - EARLY_MS
    if (isBack) this.#shift(this.#setAt - now)
    const entry = new Entry(this, at, this.#added, fire)
    this.#added += 1
    this.#heap.push(entry)
    this.#rise(entry, this.#heap.length - 1)
    // A timer whose time is over and that has not looked was set before the clock was set forward.
    if (!this.#timer || this.#looksAt > at || this.#looksAt <= now || isBack) this.#set(now)
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
    const behind = this.#looksAt - this.#clock.now()
    if (behind > EARLY_MS) this.#shift(behind)
    try {
      for (let first = this.#heap[0]; first && first.at <= this.#clock.now(); first = this.#heap[0]) {
        this.remove(first)
        first.fire()
      }
    } finally {
      if (this.#heap.length > 0) this.#set(this.#clock.now())
    }
  }

  #set(now: number): void {
    const [first] = this.#heap
    if (!first) return
    this.#timer?.()
    const ms = Math.min(Math.max(first.at - now, 0), LOOK_MS)
    this.#setAt = now
    this.#looksAt = now + ms
    this.#timer = this.#clock.setTimer(this.#look, ms)
  }

  /** The clock was set back: who waits does not wait for as much longer. */
  #shift(ms: number): void {
    for (const entry of this.#heap) entry.at -= ms
    this.#setAt -= ms
    this.#looksAt -= ms
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
  at: number
  readonly fire: () => void
  /** Where it is in the heap; -1 where it is not. */
  place = -1

  constructor(queue: DeadlineQueue, at: number, order: number, fire: () => void) {
    this.#queue = queue
    this.#order = order
    this.at = at
    this.fire = fire
  }

  isBefore(other: Entry): boolean {
    return this.at < other.at || (this.at === other.at && this.#order < other.#order)
  }

  cancel(): void {
    this.#queue.remove(this)
  }
}
