/** Time as the bot kit sees it: everything that waits goes through a clock, so that tests can decide it. */

/** Ends a timer; harmless when it has fired or was ended before. */
export type Cancel = () => void

/** Where time comes from. The hub's `Clock` fits, and so does its virtual one. */
export interface Clock {
  /** Wall-clock time in epoch milliseconds: what a command's deadline is measured in. */
  now(): number
  /** Calls `fire` once, `ms` milliseconds from now, unless cancelled. */
  setTimer(fire: () => void, ms: number): Cancel
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(fire, ms) {
    const timer = setTimeout(fire, ms)
    return () => {
      clearTimeout(timer)
    }
  },
}

// A longer timer of Node fires after 1 ms: a deadline in a foreign message must not become "now" that way.
const LONGEST_TIMER = 2 ** 31 - 1

/**
 * Calls `fire` once when the wall clock has reached `at` (epoch milliseconds), never before this call has
 * returned. Timers may fire a millisecond early; this one looks again.
 */
export function callAt(clock: Clock, at: number, fire: () => void): Cancel {
  const left = (): number => Math.min(Math.max(at - clock.now(), 0), LONGEST_TIMER)
  let cancel: Cancel = clock.setTimer(look, left())
  function look(): void {
    if (clock.now() >= at) fire()
    else cancel = clock.setTimer(look, left())
  }
  return () => {
    cancel()
  }
}
