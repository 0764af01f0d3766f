import type { Rate } from './rate.ts'

/**
 * Why a decision was taken: `ok`; `limited`; `never` (the cost is above the burst, waiting will not help);
 * `full` (a new key while the table is full of keys that owe, with `onFull: 'deny'`); `deadline` (a wait that
 * could not end in time); `shadow` (would have been denied, but the limiter only watches); `store-error` and
 * `timeout` (the shared store did not answer, and `onStoreError` decided).
 */
export type Reason = 'ok' | 'limited' | 'never' | 'full' | 'deadline' | 'shadow' | 'store-error' | 'timeout'

/** One decision. The same shape comes from memory, from Redis and from several limits at once. */
export interface Verdict {
  /** Whether the caller may go on. */
  readonly ok: boolean
  /** Tokens in a full bucket. */
  readonly limit: number
  /** Whole tokens left after this decision. */
  readonly remaining: number
  /** Whole milliseconds until the same request would be allowed; 0 when it was, `Infinity` when it never will. */
  readonly retryAfterMs: number
  /** Whole milliseconds until the bucket is full. */
  readonly resetMs: number
  readonly reason: Reason
  /** The name of the limit that decided. */
  readonly policy: string
}

/** The verdict that allows a request after which its key owes `debt` units. */
export function allowed(rate: Rate, policy: string, debt: number, reason: 'ok' | 'shadow' = 'ok'): Verdict {
  return {
    ok: true,
    limit: rate.burst,
    remaining: remaining(rate, debt),
    retryAfterMs: 0,
    resetMs: Math.ceil(debt / rate.perMillisecond),
    reason,
    policy,
  }
}

/** The verdict that refuses a request of `price` units for a key that owes `debt` units. */
export function refused(rate: Rate, policy: string, debt: number, price: number, reason: Reason): Verdict {
  return {
    ok: false,
    limit: rate.burst,
    remaining: remaining(rate, debt),
    retryAfterMs: retryAfter(rate, debt, price),
    resetMs: Math.ceil(debt / rate.perMillisecond),
    reason,
    policy,
  }
}

function remaining({ capacity, perToken }: Rate, debt: number): number {
  const left = capacity - debt
  return left < perToken ? 0 : Math.floor(left / perToken)
}

/** Rounded up, so that a client that waits exactly this long is not refused again. */
function retryAfter({ capacity, perToken, perMillisecond }: Rate, debt: number, price: number): number {
  if (price > capacity) return Infinity
  const missing = debt + price - capacity
  // Nothing is missing where the table was full: it may have room when somebody's token is back.
  return Math.ceil((missing > 0 ? missing : perToken) / perMillisecond)
}

/** The verdict on a key that owes `debt` units, about a request of `price` units. */
export function verdictOf(rate: Rate, policy: string, debt: number, price: number, reason: Reason): Verdict {
  if (reason === 'ok' || reason === 'shadow') return allowed(rate, policy, debt, reason)
  return refused(rate, policy, debt, price, reason)
}
