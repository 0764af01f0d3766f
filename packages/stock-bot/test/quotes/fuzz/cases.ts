/** The 27 ways in which Stooq is known to answer wrongly or oddly, and what each is read as. */
import { readdirSync, readFileSync } from 'node:fs'
import type { QuoteFailure, QuoteResult } from '../../../src/quotes/source.ts'
import type { StooqFault } from '../../../src/testing/stooq-faults.ts'

/** What an answer about AAPL.US comes to. */
export type Verdict = QuoteFailure | '93.42' | '93.42, outdated'

/** The day after the prices in the fixtures. */
export const NOW = Date.UTC(2026, 0, 29)

const FOLDER = new URL('../../fixtures/stooq/', import.meta.url)

/** The names of the fixtures that there are. */
export const FIXTURES: readonly string[] = readdirSync(FOLDER)
  .filter(name => name.endsWith('.txt'))
  .map(name => name.replace('.txt', ''))

/** The bytes of a fixture. */
export function fixture(name: string): Buffer {
  return readFileSync(new URL(`${name}.txt`, FOLDER))
}

/** Each case's title; the first is number 1. */
export const TITLES: readonly string[] = [
  'an empty body',
  'a header without rows',
  'no header',
  'N/D in every cell',
  'N/D in some cells',
  'the daily limit, as text',
  'no data, as text',
  'access denied, as text',
  'an API key wanted, as text',
  'a web page',
  'PHP errors before the answer',
  'a byte order mark',
  'any line ends',
  'other columns',
  'quotation marks and commas',
  'not a price',
  'a decimal comma',
  'another symbol',
  'several rows',
  'a date of long ago',
  'a body that is cut',
  'a body without end',
  'gzip that is none',
  'a redirect',
  'a table under an error status',
  'slower than the deadline',
  'JSON',
]

/** What a body with status 200 is read as. The number in a fixture's name is the case's; 0 and 28 are besides. */
export const BODIES: Readonly<Record<string, Verdict>> = {
  '00-as-documented': '93.42',
  '01-empty': 'malformed',
  '02-header-only': 'malformed',
  '03-no-header': '93.42',
  '04-unknown-symbol': 'not-found',
  '04-unknown-symbol-without-its-name': 'not-found',
  '05-no-date-and-volume': '93.42',
  '05-no-volume': '93.42',
  '06-daily-limit': 'rate-limited',
  '06-daily-limit-polish': 'rate-limited',
  '06-daily-limit-under-a-header': 'rate-limited',
  '07-no-data': 'not-found',
  '07-no-data-polish': 'not-found',
  '08-denied': 'blocked',
  '08-denied-polish': 'blocked',
  '09-api-key': 'auth',
  '10-browser-check': 'blocked',
  '10-consent-page': 'blocked',
  '11-php-error-alone': 'malformed',
  '11-php-warnings': '93.42',
  '11-php-warnings-with-tags': '93.42',
  '12-byte-order-mark': '93.42',
  '13-cr-only': '93.42',
  '13-mixed-line-ends': '93.42',
  '14-fewer-columns': '93.42',
  '14-no-close-column': 'malformed',
  '14-other-order': '93.42',
  '14-polish-header': '93.42',
  '15-quoted-name': '93.42',
  '16-price-bare-dot': 'malformed',
  '16-price-empty': 'malformed',
  '16-price-exponent': 'malformed',
  '16-price-grouped': 'malformed',
  '16-price-infinity': 'malformed',
  '16-price-nan': 'malformed',
  '16-price-negative': 'malformed',
  '16-price-plus': 'malformed',
  '16-price-text': 'malformed',
  '16-price-zero': 'malformed',
  '17-decimal-comma-bare': 'malformed',
  '17-decimal-comma-quoted': 'malformed',
  '18-another-symbol': 'malformed',
  '18-another-symbol-besides': 'malformed',
  '19-repeated-row': '93.42',
  '19-two-prices': 'malformed',
  '20-stale': '93.42, outdated',
  '21-cut-in-the-header': 'malformed',
  '21-cut-in-the-price': 'malformed',
  '21-cut-in-the-row': 'malformed',
  '27-json': 'malformed',
  '27-json-array': 'malformed',
  '28-latin2-name': '93.42',
}

/** What the server's faults are read as, with the number of the case; 0 is besides. */
export const FAULTS: readonly (readonly [number, StooqFault, Verdict])[] = [
  [0, 'garbage', 'malformed'],
  [0, 'reset', 'network'],
  [1, 'empty', 'malformed'],
  [6, 'limit', 'rate-limited'],
  [7, 'no-data', 'not-found'],
  [8, 'denied', 'blocked'],
  [9, 'apikey', 'auth'],
  [10, 'challenge', 'blocked'],
  [10, 'challenge-as-csv', 'blocked'],
  [11, 'warnings', '93.42'],
  [18, 'mixed', 'malformed'],
  [21, 'length', 'malformed'],
  [21, 'short', 'malformed'],
  [22, 'endless', 'malformed'],
  [23, 'gzip', 'malformed'],
  [24, 'redirect', 'http'],
  [25, 'busy', 'http'],
  [25, 'gone', 'gone'],
  [25, 'too-many', 'rate-limited'],
  [26, 'slow', 'timeout'],
  [26, 'drip', 'timeout'],
]

/** The faults that only a deadline ends. */
export const ENDLESS_WAITS: ReadonlySet<StooqFault> = new Set(['slow', 'drip'])

export function verdict(result: QuoteResult | undefined): string {
  if (!result) return 'no result'
  if (!result.ok) return result.kind
  return result.quote.outdated ? `${result.quote.price}, outdated` : result.quote.price
}
