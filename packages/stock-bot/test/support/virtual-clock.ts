import type { Clock } from '../../src/clock.ts'

/** Lets everything that is ready to run do so, however many promises it goes through. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) await Promise.resolve()
}

/** A clock that stands still until a test moves it. */
export class VirtualClock implements Clock {
  #now = Date.UTC(2026, 0, 1)
  #order = 0
  readonly #timers = new Map<number, { readonly at: number; readonly fire: () => void }>()

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now
  }

  setTimer(fire: () => void, ms: number): () => void {
    const key = this.#order
    this.#order += 1
    this.#timers.set(key, { at: this.#now + Math.max(0, ms), fire })
    return () => {
      this.#timers.delete(key)
    }
  }

  /** Timers that are set: none must be left when everything is closed. */
  get pending(): number {
    return this.#timers.size
  }

  /** Moves time on, firing each timer at its time, with everything it sets off done before the next. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await settle()
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#timers.delete(next.key)
      this.#now = Math.max(this.#now, next.at)
      next.fire()
      await settle()
    }
    this.#now = end
  }

  #next(end: number): { key: number; at: number; fire: () => void } | undefined {
    let first: { key: number; at: number; fire: () => void } | undefined
    for (const [key, timer] of this.#timers)
      if (timer.at <= end && (!first || timer.at < first.at)) first = { key, ...timer }
    return first
  }
}
