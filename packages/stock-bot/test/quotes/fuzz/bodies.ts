/** Bodies that break parsers, and what a parser must not make of them. */
import * as fc from 'fast-check'
import { isPrice } from '../../../src/quotes/decimal.ts'
import type { QuoteResult } from '../../../src/quotes/source.ts'
import { FIXTURES, fixture } from './cases.ts'

const SEEN = FIXTURES.map(name => fixture(name).toString('utf8'))

const TOKENS = [
  '\r\n',
  '\r',
  '\n',
  ',',
  '"',
  '""',
  '\uFEFF',
  '\u0000',
  '<',
  '{',
  'N/D',
  'Symbol',
  'Close',
  'Zamknięcie',
  'AAPL.US',
  'aapl.us',
  'MSFT.US',
  '93.42',
  '-1',
  '0',
  'NaN',
  '1e9',
  '9'.repeat(40),
  '1,5',
  'Exceeded limit',
  'No data',
  '__proto__',
  'constructor',
  '2026-01-28',
  '22:00:00',
  'Warning: ',
  '\uD800',
  '<b>Warning</b>:',
]

/** Answers that were seen, cut, doubled and mixed with what breaks parsers; and pure noise. */
export const body = fc.oneof(
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  {
    weight: 2,
    arbitrary: fc.array(fc.constantFrom(...TOKENS), { maxLength: 40 }).map(parts => parts.join('')),
  },
  {
    weight: 5,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...SEEN),
        fc.array(fc.tuple(fc.nat(400), fc.nat(12), fc.constantFrom('', ...TOKENS)), { maxLength: 6 }),
      )
      .map(([seen, edits]) =>
        edits.reduce((text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut), seen),
      ),
  },
)

/** Some of the symbols that the bodies are about. */
export const symbols = fc.uniqueArray(fc.constantFrom('AAPL.US', 'MSFT.US', 'FOO.US'), { minLength: 1 })

/** What is wrong with the results; undefined where each is a quote that stands in the text, or a reason. */
export function lie(
  text: string,
  asked: readonly string[],
  results: readonly QuoteResult[],
): string | undefined {
  if (results.length !== asked.length) return `${results.length} results for ${asked.length} symbols`
  for (const [index, result] of results.entries()) {
    if (!result.ok) {
      if (!/^[^\p{Cc}]{1,160}$/u.test(result.detail)) return `detail ${JSON.stringify(result.detail)}`
      continue
    }
    const { symbol, price } = result.quote
    if (symbol !== asked[index]) return `a quote of ${symbol} for ${asked[index]}`
    if (!isPrice(price)) return `${JSON.stringify(price)} as a price`
    if (!text.includes(price)) return `the price ${price}, which is not in the text`
  }
  return undefined
}
