import { tracingChannel } from 'node:diagnostics_channel'
import type { QuoteResult } from './source.ts'

/** What subscribers of `tracing:stock-bot.quotes:*` learn about a question to one source. No symbols. */
export interface QuotesTrace {
  readonly source: string
  /** How many symbols are asked for. */
  readonly count: number
  /** Set by the channel once the source has answered. */
  readonly result?: readonly QuoteResult[]
}

const channel = tracingChannel<unknown, QuotesTrace>('stock-bot.quotes')

/** Asks where subscribers can see it start and end. Costs next to nothing without them. */
export function traceQuotes(
  ask: () => Promise<readonly QuoteResult[]>,
  trace: QuotesTrace,
): Promise<readonly QuoteResult[]> {
  return channel.tracePromise(ask, trace)
}
