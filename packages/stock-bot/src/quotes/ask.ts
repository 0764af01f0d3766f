/** Asks a source and holds it to its contract, so that what is built on sources need not distrust them. */
import { untilAborted } from './aborted.ts'
import { isPrice } from './decimal.ts'
import { excerpt } from './excerpt.ts'
import type { AskOptions, QuoteRefusal, QuoteResult, QuoteSource } from './source.ts'

/**
 * One result per symbol, always: a source that throws, answers too little, or makes up a price that is no
 * decimal string is `malformed`. When the signal aborts it resolves at once, with `timeout` for each symbol.
 */
export async function askSource(
  source: QuoteSource,
  symbols: readonly string[],
  options: AskOptions,
): Promise<readonly QuoteResult[]> {
  const { signal } = options
  if (symbols.length === 0) return []
  if (signal.aborted) return symbols.map(() => givenUp(source.name))
  try {
    const results = await untilAborted(source.quotes(symbols, options), signal)
    return symbols.map((_, index) => checked(source.name, results[index]))
  } catch (error) {
    if (signal.aborted) return symbols.map(() => givenUp(source.name))
    return symbols.map(() => threw(source.name, error))
  }
}

/** What the source has at hand for these symbols, held to the same contract; undefined where it must be asked. */
export function recallFrom(
  source: QuoteSource,
  symbols: readonly string[],
): readonly QuoteResult[] | undefined {
  try {
    const results = source.recall?.(symbols)
    return results && symbols.map((_, index) => checked(source.name, results[index]))
  } catch (error) {
    return symbols.map(() => threw(source.name, error))
  }
}

/** What is answered where the caller's signal ended the waiting. */
export function givenUp(source: string): QuoteRefusal {
  return { ok: false, kind: 'timeout', source, detail: 'the request was given up' }
}

function threw(source: string, error: unknown): QuoteRefusal {
  return { ok: false, kind: 'malformed', source, detail: `the source threw: ${excerpt(String(error), 80)}` }
}

function checked(source: string, result: QuoteResult | undefined): QuoteResult {
  if (!result) return { ok: false, kind: 'malformed', source, detail: 'no result for this symbol' }
  if (!result.ok || isPrice(result.quote.price)) return result
  const detail = `not a price: "${excerpt(result.quote.price, 24)}"`
  return { ok: false, kind: 'malformed', source, detail }
}
