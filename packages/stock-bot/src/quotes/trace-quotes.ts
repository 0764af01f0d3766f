/** What quote sources, their breakers and the cache let others watch. No symbol and no price is in any of it. */
import { channel, tracingChannel } from 'node:diagnostics_channel'
import type { QuoteFailure, QuoteResult } from './source.ts'

/** A question to one source: `tracing:stock-bot.quotes:*`. */
export interface QuotesTrace {
  readonly source: string
  /** How many symbols are asked for. */
  readonly count: number
  /** Once the source has answered: what it said to each symbol, in their order. */
  outcomes?: readonly ('ok' | QuoteFailure)[]
}

/** A source's breaker changes: `stock-bot.breaker`. */
export interface BreakerEvent {
  readonly source: string
  readonly state: 'closed' | 'open' | 'half-open'
  /** What the source had said; absent when it is closed. */
  readonly kind: QuoteFailure | undefined
  /** In how many milliseconds the source may be tried, where that is known. */
  readonly retryAfterMs: number | undefined
}

/** What a cache makes of one symbol: `stock-bot.cache`. */
export interface CacheEvent {
  /**
   * `hit`; `negative`: remembered that there is no such symbol; `stale`: an old quote while a new one is fetched;
   * `coalesced`: joined a request under way; `miss`: asked for.
   */
  readonly outcome: 'hit' | 'miss' | 'stale' | 'negative' | 'coalesced'
}

const asking = tracingChannel<unknown, QuotesTrace>('stock-bot.quotes')
const breakers = channel('stock-bot.breaker')
const caches = channel('stock-bot.cache')

/** Asks a source where subscribers can see it start and end. */
export async function traceQuotes(
  ask: () => Promise<readonly QuoteResult[]>,
  trace: QuotesTrace,
): Promise<readonly QuoteResult[]> {
  if (!asking.hasSubscribers) return ask()
  let results: readonly QuoteResult[] = []
  await asking.tracePromise(async () => {
    results = await ask()
    trace.outcomes = results.map(result => (result.ok ? 'ok' : result.kind))
  }, trace)
  return results
}

/** Tells that a source's breaker has changed. */
export function traceBreaker(event: BreakerEvent): void {
  if (breakers.hasSubscribers) breakers.publish(event)
}

/** Tells what became of one symbol in a cache. */
export function traceCache(outcome: CacheEvent['outcome']): void {
  if (caches.hasSubscribers) caches.publish({ outcome } satisfies CacheEvent)
}
