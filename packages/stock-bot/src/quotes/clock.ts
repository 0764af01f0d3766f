/** Time as the quote sources see it, so that tests can decide it. */

/** Where deadlines and ages come from. The hub's `Clock` fits. */
export interface QuoteClock {
  /** Milliseconds that never go back. */
  monotonic(): number
  /** Calls `fire` once, `ms` milliseconds from now, unless the returned function is called before. */
  setTimer(fire: () => void, ms: number): () => void
}

/** The machine's clock. */
export const machineClock: QuoteClock = {
  monotonic: () => performance.now(),
  setTimer(fire, ms) {
    const timer = setTimeout(fire, ms)
    return () => {
      clearTimeout(timer)
    }
  },
}
