/** Somebody who waits for a place. */
export interface Entrant {
  /** Called once, with the place: also where it was given just before the entrant ended its waiting. */
  enter(): void
}

/** A number of places, given in the order in which they were asked for. */
export class Places {
  #free: number
  readonly #count: number
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
    // What a promise calls is called where it was asked for, as far as traces and logs can tell, and not where the
    // place comes from. `AsyncLocalStorage.bind` does the same, for 4 µs each.
    const given = Promise.withResolvers<void>()
    void given.promise.then(() => {
      entrant.enter()
    })
    this.#waiting.set(entrant, given.resolve)
  }

  /** Ends the waiting of one who does not want a place any more. */
  forget(entrant: Entrant): void {
    this.#waiting.delete(entrant)
  }

  /** Takes a place back, for the next who waits. */
  leave(): void {
    for (const [next, give] of this.#waiting) {
      this.#waiting.delete(next)
      give()
      return
    }
    this.#free += 1
  }
}
