import type { LimiterClock } from './clock.ts'
import { MAX_UNITS } from './rate.ts'

/**
 * Above 2^31, so that V8 stores every moment as a double from the first call on; a field that starts as a
 * small integer would be changed, and the code around it compiled again, after half an hour.
 */
const START = 2 ** 33
const SHORTEST_HOLD_MS = 1_000

/**
 * The clock, read in whole units that never go back.
 *
 * A clock that jumps back stands still here, so that going back and forth earns nobody a token. When it has
 * stayed behind for as long as a bucket takes to refill (at least 1 s), its new readings are accepted and time
 * goes on from where it stood: nobody stays locked out for longer than that.
 */
export class Timeline {
  readonly #clock: LimiterClock
  readonly #perMicrosecond: number
  readonly #hold: number
  readonly #onRebase: (shift: number) => void
  /** A whole number of milliseconds, so that moving it later is exact. */
  #origin: number
  #latest = START
  #behindAt = Infinity
  #behindLatest = -1

  /** `onRebase` must take `shift` units off every moment that was kept: the numbers start anew before they get inexact. */
  constructor(
    clock: LimiterClock,
    perMicrosecond: number,
    refillMs: number,
    onRebase: (shift: number) => void,
  ) {
    this.#clock = clock
    this.#perMicrosecond = perMicrosecond
    this.#hold = Math.max(refillMs, SHORTEST_HOLD_MS) * 1_000 * perMicrosecond
    this.#onRebase = onRebase
    this.#origin = Math.floor(readable(clock.monotonic()))
  }

  /** This moment in units. @throws TypeError when the clock answers something that is not a finite number. */
  now(): number {
    const now = this.#at(this.#clock.monotonic())
    if (now >= this.#latest && now < MAX_UNITS) {
      this.#latest = now
      return now
    }
    return this.#adjust()
  }

  #at(milliseconds: number): number {
    // To the nearest microsecond; `Math.round` takes five times as long.
    return START + Math.floor((milliseconds - this.#origin) * 1_000 + 0.5) * this.#perMicrosecond
  }

  #adjust(): number {
    const reading = readable(this.#clock.monotonic())
    let now = this.#at(reading)
    if (now >= MAX_UNITS) {
      const whole = Math.floor(reading) - this.#origin
      this.#origin += whole
      const shift = whole * 1_000 * this.#perMicrosecond
      this.#latest -= shift
      this.#onRebase(shift)
      now = this.#at(reading)
    }
    if (now < this.#latest) return this.#standStill(now)
    this.#latest = now
    return now
  }

  #standStill(now: number): number {
    if (this.#behindLatest !== this.#latest || now < this.#behindAt) {
      this.#behindLatest = this.#latest
      this.#behindAt = now
    }
    if (now - this.#behindAt >= this.#hold) {
      this.#origin -= Math.floor((this.#latest - now) / (1_000 * this.#perMicrosecond))
      this.#behindAt = Infinity
    }
    return this.#latest
  }
}

function readable(milliseconds: number): number {
  if (Number.isFinite(milliseconds)) return milliseconds
  throw new TypeError(`clock.monotonic() must return a finite number of milliseconds, got ${milliseconds}`)
}
