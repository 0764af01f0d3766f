/** Asks a source and holds it to its contract, so that what is built on sources need not distrust them. */
import { untilAborted } from './aborted.ts'
import { isPrice } from './decimal.ts'
import { excerpt } from './excerpt.ts'
import type { QuoteRefusal, QuoteResult, QuoteSource } from './source.ts'

/**
 * One result per symbol, always: a source that throws, answers too little, or makes up a price that is no
 * decimal string is `malformed`. When the signal aborts it resolves at once, with `timeout` for each symbol.
 */
export async function askSource(
  source: QuoteSource,
  symbols: readonly string[],
  signal: AbortSignal,
): Promise<readonly QuoteResult[]> {
  if (symbols.length === 0) return []
  if (signal.aborted) return symbols.map(() => givenUp(source.name))
  try {
    const results = await untilAborted(source.quotes(symbols, { signal }), signal)
    return symbols.map((_, index) => checked(source.name, results[index]))
  } catch (error) {
    if (signal.aborted) return symbols.map(() => givenUp(source.name))
    const detail = `the source threw: ${excerpt(String(error), 80)}`
    return symbols.map(() => ({ ok: false, kind: 'malformed', source: source.name, detail }))
  }
}

/** What is answered where the caller's signal ended the waiting. */
export function givenUp(source: string): QuoteRefusal {
  return { ok: false, kind: 'timeout', source, detail: 'the request was given up' }
}

function checked(source: string, result: QuoteResult | undefined): QuoteResult {
  if (!result) return { ok: false, kind: 'malformed', source, detail: 'no result for this symbol' }
  if (!result.ok || isPrice(result.quote.price)) return result
  const detail = `not a price: "${excerpt(result.quote.price, 24)}"`
  return { ok: false, kind: 'malformed', source, detail }
}
