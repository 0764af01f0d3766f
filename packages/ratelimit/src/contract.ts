import type { OnFull } from './capacity.ts'
import type { LimiterClock } from './clock.ts'
import type { Verdict } from './verdict.ts'

/** How a limiter is made. Wrong values throw a RangeError or TypeError that names the option. */
export interface LimiterOptions {
  /** Tokens that a key earns per second: from 1e-9 to 1e9, fractions allowed (`5 / 3600` is five an hour). */
  readonly requestsPerSecond: number
  /** Tokens in a full bucket, a whole number from 1. A new key starts with a full bucket. */
  readonly burst: number
  /** Most keys kept at once. @default 10_000 */
  readonly maxKeys?: number
  /** How long an idle key is kept; raised to the time that a bucket takes to refill, or forgetting would be a gift. @default 15 minutes */
  readonly ttlMs?: number
  /** How often idle keys are looked for. It costs nothing when there are none. @default 5 minutes */
  readonly sweepMs?: number
  /**
   * A new key while the table is full and its coldest keys all owe more than one token: `evict` pushes out the
   * one that owes least, `deny` refuses the new key.
   * @default 'evict'
   */
  readonly onFull?: OnFull
  /** Only watch: nothing is refused, and what would have been counts as `shadowDenied`. @default false */
  readonly shadow?: boolean
  /** The name of this limit in verdicts and headers. @default 'default' */
  readonly name?: string
  /** Most waits and reservations pending at once, over all keys. @default 10_000 */
  readonly maxWaiting?: number
  /** @default the machine's monotonic clock */
  readonly clock?: LimiterClock
}

/** What a limiter has done, in plain numbers that are counted anyway and cost nothing when unread. */
export interface LimiterStats {
  /** Requests allowed, waits and reservations among them. */
  readonly allowed: number
  /** Requests refused, for whatever reason. */
  readonly denied: number
  /** Those of `denied` that were refused because the table (`onFull: 'deny'`) or the waiting line was full. */
  readonly deniedFull: number
  /** Requests that a limiter with `shadow` would have refused. */
  readonly shadowDenied: number
  /** Requests that were allowed and left less than a fifth of the bucket. */
  readonly nearLimit: number
  /** Keys pushed out by newer ones. */
  readonly evicted: number
  /** Those of `evicted` that owed more than one token. Not 0: somebody floods with many requests a key, see `onFull`. */
  readonly evictedWithDebt: number
  /** Keys forgotten because they were idle. */
  readonly swept: number
  /** Keys kept now. */
  readonly keys: number
  /** Waits and reservations pending now. */
  readonly waiting: number
}

export interface WaitOptions {
  /** Tokens to wait for. @default 1 */
  readonly cost?: number
  /** Ends the wait: it rejects with the signal's reason and its tokens go back. */
  readonly signal?: AbortSignal
  /** Refuse at once when it would take longer than this many milliseconds. @default 30_000 */
  readonly deadlineMs?: number
}

export type ReserveOptions = Omit<WaitOptions, 'signal'>

/** Tokens that are taken now and may be used `delayMs` from now. */
export interface Reservation {
  /** Refused (`ok` false) reservations hold no tokens. */
  readonly verdict: Verdict
  /** Milliseconds until the tokens may be used, as of this moment: earlier claims on the key that are cancelled make it shorter. */
  readonly delayMs: number
  /** Gives the tokens back, once; claims behind this one move up. True when there was something to give back. */
  cancel(): boolean
}

/** Block for a time, or add a debt of tokens that may go beyond an empty bucket. */
export type Penalty = { readonly cost: number } | { readonly forMs: number }

/**
 * A limit on each key. Keys are strings of 1 to 256 characters; costs are numbers from 0, 1 by default, and a
 * fraction of a token is rounded to the nearest thousandth or finer. Bad ones throw a RangeError or TypeError.
 */
export interface Limiter {
  /** The name given at construction. */
  readonly name: string
  /** Tokens in a full bucket. */
  readonly limit: number
  /** Milliseconds until an empty bucket is full. */
  readonly refillMs: number
  /** Takes `cost` tokens if the key has them. A refusal takes nothing. Allocates nothing for a known key. */
  allow(key: string, cost?: number): boolean
  /** Like `allow`, and says what is left and when to come back. */
  check(key: string, cost?: number): Verdict
  /** What `check` would answer; takes nothing, counts nothing, and does not keep the key from being forgotten. */
  peek(key: string, cost?: number): Verdict
  /** Gives tokens back, never above a full bucket: count a login up front and refund it when it succeeds. */
  refund(key: string, cost?: number): void
  /**
   * Takes tokens without asking (`cost`), or leaves none for `forMs` milliseconds, after which there is one.
   * Waits and reservations that were granted before keep their time.
   */
  penalize(key: string, penalty: Penalty): void
  /** Fills the key's bucket; what was granted to waits that are pending stays taken. */
  reset(key: string): void
  /**
   * Resolves when the tokens are there, first come first served per key; `check` and `allow` cannot overtake.
   * A wait that cannot end within `deadlineMs` resolves at once with `ok` false. Rejects with the reason of an
   * aborted `signal`, and with `StoppedError` after `stop()`.
   */
  wait(key: string, options?: WaitOptions): Promise<Verdict>
  /** Takes the tokens of the future without waiting for them. @throws StoppedError after `stop()`. */
  reserve(key: string, options?: ReserveOptions): Reservation
  stats(): LimiterStats
  /** Ends the sweep, rejects pending waits and gives their tokens back. Decisions go on working. Idempotent. */
  stop(): void
  [Symbol.dispose](): void
}

/** A wait or reservation after `stop()`. */
export class StoppedError extends Error {
  readonly code = 'stopped'
  override readonly name = 'StoppedError'

  constructor() {
    super('the limiter was stopped')
  }
}
