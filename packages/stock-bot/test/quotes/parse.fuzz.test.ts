import { readdirSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPrice } from '../../src/quotes/decimal.ts'
import { parseStooq } from '../../src/quotes/parse.ts'
import type { QuoteResult } from '../../src/quotes/source.ts'

/** A million takes about a minute: `STOCK_BOT_FUZZ=1000000 npm test -w packages/stock-bot parse.fuzz`. */
const RUNS = Number(process.env['STOCK_BOT_FUZZ'] ?? 3_000)

const FIXTURES = new URL('../fixtures/stooq/', import.meta.url)
const SEEN = readdirSync(FIXTURES)
  .filter(name => name.endsWith('.txt'))
  .map(name => readFileSync(new URL(name, FIXTURES), 'utf8'))

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
const answer = fc.oneof(
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

type Parse = (text: string, symbols: readonly string[]) => readonly QuoteResult[]

/** One result per symbol, whose symbol is the one asked for and whose price is a decimal string; never a throw. */
const neverLies = (parse: Parse) =>
  fc.property(
    answer,
    fc.uniqueArray(fc.constantFrom('AAPL.US', 'MSFT.US', 'FOO.US'), { minLength: 1 }),
    (text, symbols) => {
      const results = parse(text, symbols)
      expect(results).toHaveLength(symbols.length)
      for (const [index, result] of results.entries()) {
        if (result.ok) {
          expect(result.quote.symbol).toBe(symbols[index])
          expect(isPrice(result.quote.price)).toBe(true)
          expect(text).toContain(result.quote.price)
        } else expect(result.detail).toMatch(/^[^\p{Cc}]{1,160}$/u)
      }
    },
  )

describe('the parser', () => {
  it('never throws and never makes up a quote, whatever comes', { timeout: 600_000 }, () => {
    fc.assert(
      neverLies((text, symbols) => parseStooq(text, symbols, 'stooq')),
      { numRuns: RUNS },
    )
  })

  it('would be caught if it took the seventh cell of the second line', () => {
    const naive: Parse = (text, symbols) => {
      const cells = text.split('\n')[1]?.split(',') ?? []
      return symbols.map(symbol => ({
        ok: true,
        quote: { symbol, price: String(Number(cells[6])), currency: 'USD', at: undefined, source: 'naive' },
      }))
    }
    expect(fc.check(neverLies(naive), { numRuns: 500 }).failed).toBe(true)
  })

  it('reads the largest answer that the client lets through in one go', () => {
    const shapes = [
      '\n',
      '"',
      ',',
      'Exceeded ',
      '<br />',
      'Symbol,Close\n',
      'Warning: ',
      'AAPL.US,',
      '\r\n\r',
      ' ',
    ]
    for (const shape of shapes) {
      const started = performance.now()
      parseStooq(`${shape.repeat(65_536 / shape.length)}x`, ['AAPL.US'], 'stooq')
      // Anything quadratic in 64 KiB takes seconds; this takes a few milliseconds.
      expect(performance.now() - started).toBeLessThan(1_000)
    }
  })
})
