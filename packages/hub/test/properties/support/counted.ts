import type { Cancel, Clock } from '@hubbub/hub'

/** A clock's time with timers of its own, so that those of the hub can be told from everybody else's. */
export class Counted implements Clock {
  readonly #clock: Clock
  readonly #set = new Set<object>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Timers that are set. */
  get pending(): number {
    return this.#set.size
  }

  now(): number {
    return this.#clock.now()
  }

  monotonic(): number {
    return this.#clock.monotonic()
  }

  setTimer(fire: () => void, ms: number): Cancel {
    const timer = {}
    this.#set.add(timer)
    const cancel = this.#clock.setTimer(() => {
      this.#set.delete(timer)
      fire()
    }, ms)
    return () => {
      this.#set.delete(timer)
      cancel()
    }
  }
}
