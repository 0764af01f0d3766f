import type { QuoteFailure, QuoteRefusal, QuoteResult, QuoteSource } from '../../src/quotes/source.ts'

/** A call that a scripted source has taken and not answered yet. */
export interface PendingCall {
  readonly symbols: readonly string[]
  readonly signal: AbortSignal
  /** A price or a kind of refusal. */
  answer(result: string): void
}

/** A source whose every answer the test gives, and which ignores aborts unless the test does not. */
export interface ScriptedSource extends QuoteSource {
  readonly calls: PendingCall[]
}

export function scriptedSource(name = 'live'): ScriptedSource {
  const calls: PendingCall[] = []
  return {
    name,
    calls,
    quotes(symbols, { signal }) {
      const { promise, resolve } = Promise.withResolvers<readonly QuoteResult[]>()
      calls.push({
        symbols,
        signal,
        answer(result) {
          resolve(symbols.map(symbol => resultOf(symbol, result, name)))
        },
      })
      return promise
    },
  }
}

/** A source that answers at once: per symbol a price or a kind of refusal, by default one for all. */
export function fixedSource(
  name: string,
  answers: Readonly<Record<string, string>> | string,
): QuoteSource & { asked: number; readonly asks: (readonly string[])[] } {
  const source = {
    name,
    asked: 0,
    asks: [] as (readonly string[])[],
    quotes(symbols: readonly string[]): Promise<readonly QuoteResult[]> {
      source.asked += 1
      source.asks.push(symbols)
      const answerTo = (symbol: string): string =>
        typeof answers === 'string' ? answers : (answers[symbol] ?? 'not-found')
      return Promise.resolve(symbols.map(symbol => resultOf(symbol, answerTo(symbol), name)))
    },
  }
  return source
}

function resultOf(symbol: string, answer: string, source: string): QuoteResult {
  if (!/^\d/.test(answer)) return refusal(answer as QuoteFailure, source)
  return { ok: true, quote: { symbol, price: answer, currency: 'USD', at: undefined, source } }
}

export function refusal(kind: QuoteFailure, source: string): QuoteRefusal {
  return { ok: false, kind, source, detail: 'scripted' }
}
