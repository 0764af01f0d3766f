/** Time as the quote sources see it, so that tests can decide it. */
import { systemClock, type Cancel } from '../clock.ts'

/** Where deadlines and ages come from. The hub's `Clock` fits. */
export interface QuoteClock {
  /** Wall-clock time in epoch milliseconds: what deadlines and the times of prices are measured in. */
  now(): number
  /** Milliseconds that never go back: a wall clock that is set would shut a breaker for hours. */
  monotonic(): number
  /** Calls `fire` once, `ms` milliseconds from now, unless cancelled. */
  setTimer(fire: () => void, ms: number): Cancel
}

/** The machine's clock. */
export const machineClock: QuoteClock = {
  now: () => systemClock.now(),
  monotonic: () => performance.now(),
  setTimer: (fire, ms) => systemClock.setTimer(fire, ms),
}
