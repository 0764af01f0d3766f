import type { Cancel, Clock } from '../clock.ts'

/** Rounds of the microtask queue between two timers: more than any chain of promises here is long. */
const ROUNDS = 200

interface Timer {
  readonly at: number
  readonly fire: () => void
}

/**
 * A clock that stands still until a test moves it. Give it to a hub or a client as `clock`; what they wait for
 * then costs no time, and happens in the same order in every run.
 *
 * @example
 * const clock = new VirtualClock()
 * const log: string[] = []
 * clock.setTimer(() => log.push('late'), 60_000)
 * clock.setTimer(() => log.push('soon'), 10)
 * await clock.advance(60_000) // log is now ['soon', 'late']
 */
export class VirtualClock implements Clock {
  #now: number
  #elapsed = 0
  readonly #timers = new Set<Timer>()

  /** Starts at a wall-clock time in epoch milliseconds. @default 2026-01-01T00:00:00Z */
  constructor(now: number = Date.UTC(2026, 0, 1)) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  /** Milliseconds that this clock was advanced by. */
  monotonic(): number {
    return this.#elapsed
  }

  setTimer(fire: () => void, ms: number): Cancel {
    const timer: Timer = { at: this.#elapsed + Math.max(0, ms), fire }
    this.#timers.add(timer)
    return () => {
      this.#timers.delete(timer)
    }
  }

  /** Timers that are set. After everything is closed, none may be left. */
  get pending(): number {
    return this.#timers.size
  }

  /**
   * Moves time on by `ms`. Each timer fires at its time, equal times in the order in which they were set, and
   * the promises that it settles run on before the next one fires. Only microtasks are waited for: what needs a
   * turn of the event loop, such as a real socket, comes later. Throws what a timer throws.
   */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new RangeError(`advance: ms must be a number from 0, got ${ms}`)
    const end = this.#elapsed + ms
    await this.settle()
    for (let timer = this.#next(end); timer; timer = this.#next(end)) {
      this.#timers.delete(timer)
      this.#moveTo(timer.at)
      timer.fire()
      await this.settle()
    }
    this.#moveTo(end)
  }

  /** Lets everything that is ready to run do so, without moving time. */
  async settle(): Promise<void> {
    for (let round = 0; round < ROUNDS; round += 1) await Promise.resolve()
  }

  /** Sets the wall clock, as an operator or NTP would; timers and `monotonic` do not notice. */
  setWallClock(now: number): void {
    this.#now = now
  }

  #moveTo(elapsed: number): void {
    if (elapsed <= this.#elapsed) return
    this.#now += elapsed - this.#elapsed
    this.#elapsed = elapsed
  }

  #next(end: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) if (timer.at <= end && (!first || timer.at < first.at)) first = timer
    return first
  }
}
