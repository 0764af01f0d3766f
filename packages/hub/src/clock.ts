/** Time and order as the hub sees them. Everything that waits goes through these, so tests can decide both. */

/** Ends a timer; harmless when it has fired or was ended before. */
export type Cancel = () => void

/** Where time comes from. */
export interface Clock {
  /** Wall-clock time in epoch milliseconds: for what people read and what crosses machines. */
  now(): number
  /** Milliseconds that never go back: for measuring and for deadlines inside this process. */
  monotonic(): number
  /** Calls `fire` once, `ms` milliseconds from now, unless cancelled. */
  setTimer(fire: () => void, ms: number): Cancel
}

/** Where order comes from. */
export interface Scheduler {
  /** Calls `task` once, after the work of the current event-loop turn. */
  defer(task: () => void): Cancel
}

/** The longest time that a timer of the platform knows, 24.8 days: what is longer fires at once there. */
const LONGEST_MS = 2 ** 31 - 1

/** A timer of more than that: one after another, until the time is over. */
function setLongTimer(fire: () => void, ms: number): Cancel {
  let cancel: Cancel
  const timer = setTimeout(() => {
    cancel = systemClock.setTimer(fire, ms - LONGEST_MS)
  }, LONGEST_MS)
  cancel = () => {
    clearTimeout(timer)
  }
  return () => {
    cancel()
  }
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(fire, ms) {
    if (ms > LONGEST_MS) return setLongTimer(fire, ms)
    const timer = setTimeout(fire, ms)
    return () => {
      clearTimeout(timer)
    }
  },
}

const { setImmediate: immediate, clearImmediate: clear } = globalThis as {
  setImmediate?: (task: () => void) => unknown
  clearImmediate?: (handle: unknown) => void
}

/** The event loop's own order: `setImmediate` where there is one, else a timer of 0 ms. */
export const systemScheduler: Scheduler = {
  defer(task) {
    if (!immediate || !clear) return systemClock.setTimer(task, 0)
    const handle = immediate(task)
    return () => {
      clear(handle)
    }
  },
}

/** The platform's chance: for jitter only. */
export const systemRandom = (): number => Math.random()

/** 128 bits from the platform's secure generator, as 32 hexadecimal digits: for ids and secrets. */
export function secret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}
