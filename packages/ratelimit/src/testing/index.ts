import type { Cancel, LimiterClock } from '../clock.ts'

/** A clock that moves only when told to: it drives decisions, the sweep and waits. */
export interface ManualClock extends LimiterClock {
  /** Milliseconds of `monotonic()`. */
  readonly time: number
  /** Timers that have not fired. */
  readonly pending: number
  /** Moves time on and fires what is due on the way, in order of time, at its time. */
  advance(ms: number): void
  /** Puts the clock anywhere, back too, without firing anything: what a broken clock does. */
  set(ms: number): void
}

/**
 * Makes a clock for tests.
 *
 * @example
 * const clock = manualClock()
 * const limiter = createLimiter({ requestsPerSecond: 1, burst: 1, clock })
 * limiter.allow('ada') //=> true
 * clock.advance(1000)
 * limiter.allow('ada') //=> true
 */
export function manualClock(start = 0): ManualClock {
  let time = start
  const timers = new Set<{ at: number; fire: () => void }>()
  const next = (until: number): { at: number; fire: () => void } | undefined => {
    let first: { at: number; fire: () => void } | undefined
    for (const timer of timers) if (timer.at <= until && (!first || timer.at < first.at)) first = timer
    return first
  }
  return {
    get time() {
      return time
    },
    get pending() {
      return timers.size
    },
    monotonic: () => time,
    setTimer(fire, ms): Cancel {
      const timer = { at: time + ms, fire }
      timers.add(timer)
      return () => {
        timers.delete(timer)
      }
    },
    advance(ms) {
      const until = time + ms
      for (let timer = next(until); timer; timer = next(until)) {
        timers.delete(timer)
        time = Math.max(time, timer.at)
        timer.fire()
      }
      time = until
    },
    set(ms) {
      time = ms
    },
  }
}
