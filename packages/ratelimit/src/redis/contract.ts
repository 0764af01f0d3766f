import type { LimiterClock } from '../clock.ts'
import type { Penalty } from '../contract.ts'
import type { Verdict } from '../verdict.ts'
import type { RedisClient } from './client.ts'
import type { StoreFailure } from './store.ts'

/** Who decides while Redis does not answer: a limiter in this process, nobody (all is allowed), or nobody (nothing is). */
export type OnStoreError = 'local' | 'open' | 'closed'

export interface RedisLimiterOptions {
  /** A connected client of `ioredis` or `redis`; it stays yours. Best one that fails fast: no offline queue. */
  readonly client: RedisClient
  /** Tokens that a key earns per second, over all processes. */
  readonly requestsPerSecond: number
  /** Tokens in a full bucket. */
  readonly burst: number
  /** The name of this limit in verdicts, and part of its keys in Redis. @default 'default' */
  readonly name?: string
  /** What keys in Redis start with. @default 'ratelimit:' */
  readonly prefix?: string
  /** @default 'local' */
  readonly onStoreError?: OnStoreError
  /** What the limiter in this process allows while Redis is away, for example a share of the whole. @default the same as in Redis */
  readonly local?: { readonly requestsPerSecond: number; readonly burst: number; readonly maxKeys?: number }
  /** How long Redis may take. @default 100 */
  readonly timeoutMs?: number
  /** How often a Redis that has failed is asked again. @default 1_000 */
  readonly retryMs?: number
  /** Told of every failure of Redis: to log it. */
  readonly onError?: (error: StoreFailure) => void
  /** Decides how long to wait for Redis, never what Redis decides. @default the machine's monotonic clock */
  readonly clock?: LimiterClock
}

/** What a Redis limiter of this process has done. */
export interface RedisLimiterStats {
  readonly allowed: number
  readonly denied: number
  /** Calls that Redis answered with an error, or could not be reached for. */
  readonly storeErrors: number
  /** Calls that Redis did not answer in time. */
  readonly timeouts: number
  /** Decisions taken without Redis. */
  readonly fallbacks: number
  /** Whether Redis did not answer the last time it was asked. */
  readonly degraded: boolean
}

/** A limit that processes share. Bad keys and costs reject with a RangeError or TypeError; a failing Redis never rejects. */
export interface RedisLimiter {
  readonly name: string
  readonly limit: number
  readonly refillMs: number
  allow(key: string, cost?: number): Promise<boolean>
  check(key: string, cost?: number): Promise<Verdict>
  peek(key: string, cost?: number): Promise<Verdict>
  refund(key: string, cost?: number): Promise<void>
  penalize(key: string, penalty: Penalty): Promise<void>
  reset(key: string): Promise<void>
  stats(): RedisLimiterStats
  /** Ends what is under way and its timers; the client stays open. Idempotent. */
  stop(): void
  [Symbol.dispose](): void
}
