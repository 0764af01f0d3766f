import type { QuoteClock } from './clock.ts'
import type { QuoteSource } from './source.ts'

/** How long and how much is remembered. */
export interface CacheOptions {
  /** Milliseconds that a quote is fresh: given as it is, and nobody asked. @default 30_000 */
  readonly ttl?: number
  /**
   * Milliseconds that a quote may be old, from `ttl` up. Between the two it is stale: given at once all the same,
   * while one question in the background fetches a newer one. Where that fails it stays until this age.
   * The same as `ttl`: nothing stale is given. @default 120_000, or `ttl` where that is longer
   */
  readonly maxAge?: number
  /** Milliseconds that `not-found` is remembered. No other refusal is. @default 60_000 */
  readonly notFoundTtl?: number
  /** Most milliseconds that a question in the background goes on: 1,000 or more. @default 20_000 */
  readonly refreshTimeout?: number
  /** Most symbols remembered; the least recently asked go first. @default 1_000 */
  readonly max?: number
  readonly clock?: QuoteClock
}

/** Counts since the start, one per symbol asked. */
export interface CacheStats {
  readonly hits: number
  /** Hits that gave a stale quote; counted in `hits` too. */
  readonly stale: number
  /** Hits that said `not-found`; counted in `hits` too. */
  readonly notFoundHits: number
  readonly misses: number
  /** Misses that found the same symbol already asked, and shared its answer; counted in `misses` too. */
  readonly shared: number
  /** Stale quotes that a newer one was asked for. */
  readonly refreshes: number
  /** Refreshes that brought no newer quote: the stale one stayed. */
  readonly refreshFailures: number
  /** Symbols being asked for at this moment. */
  readonly inFlight: number
}

/** A source that remembers. */
export interface CachedQuotes extends QuoteSource, AsyncDisposable {
  stats(): CacheStats
  /**
   * Ends every question under way, those in the background too, and starts no more: what is not remembered is
   * then refused as `timeout`. Does not close the source. Idempotent; when it resolves no timer is left.
   */
  close(): Promise<void>
}
