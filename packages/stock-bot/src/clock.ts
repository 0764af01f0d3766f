/** Time as the bot kit sees it: everything that waits goes through a clock, so that tests can decide it. */

/** Ends a timer; harmless when it has fired or was ended before. */
export type Cancel = () => void

/** Where time comes from. The hub's `Clock` fits, and so does its virtual one. */
export interface Clock {
  /** Wall-clock time in epoch milliseconds: what a command's deadline is measured in. */
  now(): number
  /** Milliseconds since any one moment, by a clock that nobody sets. */
  monotonic(): number
  /** Calls `fire` once, `ms` milliseconds from now, unless cancelled. */
  setTimer(fire: () => void, ms: number): Cancel
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(fire, ms) {
    const timer = setTimeout(fire, ms)
    return () => {
      clearTimeout(timer)
    }
  },
}
