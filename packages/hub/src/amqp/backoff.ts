/** How long to wait before the next attempt to connect. Milliseconds. */
export interface Backoff {
  /** The shortest delay; below 50 a client on the same machine can keep a restarting broker off its port. */
  readonly min: number
  /** The longest delay. */
  readonly max: number
}

/** Back within a second of the broker's own return, however long it was gone. */
export const DEFAULT_BACKOFF: Backoff = { min: 50, max: 500 }

/**
 * A random delay between `min` and a bound that doubles with each attempt ("full jitter" above a floor, after
 * Brooker, "Exponential backoff and jitter", 2015): many clients of one broker come back spread out.
 * @param attempt 0 for the first attempt after a loss
 * @param random uniform in [0, 1)
 */
export function reconnectDelay({ min, max }: Backoff, attempt: number, random: () => number): number {
  const bound = Math.min(max, min * 2 ** Math.min(attempt + 1, 30))
  return Math.round(min + random() * (bound - min))
}
