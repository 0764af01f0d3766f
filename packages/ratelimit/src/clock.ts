/** Where the limiter's time comes from. */

/** Ends a timer; harmless when it has fired or was ended before. */
export type Cancel = () => void

/**
 * Time as the limiter sees it. Give one of your own to decide time in a test (`manualClock()` of
 * `@hubbub/ratelimit/testing` is one).
 */
export interface LimiterClock {
  /** Milliseconds from any fixed point, best ones that never go back. */
  monotonic(): number
  /**
   * Calls `fire` once, `ms` milliseconds from now, unless cancelled. With `background` the timer should
   * not keep the process alive; a clock that cannot promise that may ignore it.
   */
  setTimer(fire: () => void, ms: number, background?: boolean): Cancel
}

/** `performance.now()` and `setTimeout`; a background timer is unreferenced where the platform can. */
export const systemClock: LimiterClock = {
  monotonic: () => performance.now(),
  setTimer(fire, ms, background = false) {
    const timer = setTimeout(fire, ms)
    if (background) timer.unref?.()
    return () => {
      clearTimeout(timer)
    }
  },
}
