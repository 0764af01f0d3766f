import { AsyncLocalStorage } from 'node:async_hooks'

/** Somebody who waits for a place. */
export interface Entrant {
  /** Called once, when it has the place. */
  enter(): void
}

/** A number of places, given in the order in which they were asked for. */
export class Places {
  #free: number
  readonly #count: number
  // What is called later is called where it was asked for, as far as traces and logs can tell.
  readonly #waiting = new Map<Entrant, () => void>()

  constructor(count: number) {
    this.#free = count
    this.#count = count
  }

  /** Whether nobody has a place or waits for one. */
  get isIdle(): boolean {
    return this.#free === this.#count
  }

  /** Gives a place: at once where one is free, and within this call then. */
  take(entrant: Entrant): void {
    if (this.#free > 0) {
      this.#free -= 1
      entrant.enter()
      return
    }
    this.#waiting.set(
      entrant,
      AsyncLocalStorage.bind(() => {
        entrant.enter()
      }),
    )
  }

  /** Ends the waiting of one who does not want a place any more. */
  forget(entrant: Entrant): void {
    this.#waiting.delete(entrant)
  }

  /** Takes a place back, for the next who waits. */
  leave(): void {
    for (const [next, enter] of this.#waiting) {
      this.#waiting.delete(next)
      enter()
      return
    }
    this.#free += 1
  }
}
