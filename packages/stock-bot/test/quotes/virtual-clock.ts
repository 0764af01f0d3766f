import type { QuoteClock } from '../../src/quotes/clock.ts'

/** Time that moves only when told to. */
export class VirtualClock implements QuoteClock {
  #now = 0
  readonly #timers = new Set<{ readonly at: number; readonly fire: () => void }>()

  /** Timers that have neither fired nor been cancelled. */
  get pending(): number {
    return this.#timers.size
  }

  monotonic(): number {
    return this.#now
  }

  setTimer(fire: () => void, ms: number): () => void {
    const timer = { at: this.#now + ms, fire }
    this.#timers.add(timer)
    return () => {
      this.#timers.delete(timer)
    }
  }

  /** Moves on, and fires what has come due, in order. */
  advance(ms: number): void {
    this.#now += ms
    const due = [...this.#timers].filter(({ at }) => at <= this.#now)
    for (const timer of due.toSorted((a, b) => a.at - b.at)) if (this.#timers.delete(timer)) timer.fire()
  }
}
