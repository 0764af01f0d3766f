/** Prices that are too old to be shown as today's. */
import type { QuoteResult } from './source.ts'

/** Seven days: longer than any weekend with holidays around it. */
const OUTDATED_MS = 7 * 86_400_000

/** The result, marked where the source says that its price is from more than 7 days before `now`. */
export function markOutdated(result: QuoteResult, now: number): QuoteResult {
  if (!result.ok || result.quote.at === undefined || now - result.quote.at <= OUTDATED_MS) return result
  return { ...result, quote: { ...result.quote, outdated: true } }
}
