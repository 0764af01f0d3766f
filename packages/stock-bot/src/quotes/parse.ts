/** Reads what Stooq's `/q/l/` answers. Strict about prices and symbols, lenient about everything around them. */
import { parseCsv } from './csv.ts'
import { listingCurrency } from './currency.ts'
import { isPrice } from './decimal.ts'
import { excerpt } from './excerpt.ts'
import { isPage, readRefusal } from './refusal-texts.ts'
import type { QuoteResult } from './source.ts'
import { warsawTime } from './warsaw.ts'

/** The fields asked for: symbol, date, time, open, high, low, close, volume. */
export const STOOQ_FIELDS = 'sd2t2ohlcv'

type Column = 'symbol' | 'date' | 'time' | 'close'
type Columns = Readonly<Record<Column, number | undefined>> & { readonly count: number }

const COLUMN_NAMES: ReadonlyMap<string, Column> = new Map([
  ['symbol', 'symbol'],
  ['date', 'date'],
  ['data', 'date'],
  ['time', 'time'],
  ['czas', 'time'],
  ['close', 'close'],
  ['zamkniecie', 'close'],
])

/** Where things stand in a table without a header: the order of {@link STOOQ_FIELDS}. */
const ASKED_ORDER: Columns = { symbol: 0, date: 1, time: 2, close: 6, count: 8 }

/**
 * What the answer says of each symbol, in their order. Never throws, whatever the text is.
 *
 * A table that names a symbol which was not asked for is refused as a whole: somebody's cache has mixed up
 * two answers, and no row of it can be trusted. A price is taken as it is written or not at all.
 */
export function parseStooq(text: string, symbols: readonly string[], source: string): QuoteResult[] {
  const failed = (kind: 'malformed' | 'not-found', detail: string): QuoteResult[] =>
    symbols.map(() => ({ ok: false, kind, source, detail }))
  const table = isPage(text) ? undefined : findTable(parseCsv(text), symbols)
  if (!table) {
    const { kind, detail } = readRefusal(text)
    return symbols.map(() => ({ ok: false, kind, source, detail }))
  }
  const { columns, rows } = table
  // A sentence where a row should be: the header came, and then the refusal.
  const [first] = rows
  if (first?.length === 1 && columns.count > 1) {
    const { kind, detail } = readRefusal(first[0] ?? '')
    return symbols.map(() => ({ ok: false, kind, source, detail }))
  }
  if (rows.length === 0) return failed('malformed', 'a header and no rows')
  const named = groupBySymbol(rows, columns)
  const asked = new Set(symbols.map(symbol => symbol.toUpperCase()))
  for (const name of named.keys()) {
    // Some unknown symbols come back as N/D in every column, the symbol's own included.
    if (name !== 'N/D' && !asked.has(name)) {
      return failed(
        'malformed',
        `the answer is about ${excerpt(name, 24) || 'no symbol'}, which was not asked for`,
      )
    }
  }
  const nameless = named.has('N/D')
  return symbols.map(symbol => {
    const own = named.get(symbol.toUpperCase())
    if (own) return readRows(own, columns, symbol.toUpperCase(), source)
    const kind = nameless ? 'not-found' : 'malformed'
    return { ok: false, kind, source, detail: nameless ? 'N/D in every column' : 'no row for this symbol' }
  })
}

/** Finds the header, past whatever PHP printed before it, or rows in the order that was asked for. */
function findTable(
  cells: readonly (readonly string[])[],
  symbols: readonly string[],
): { columns: Columns; rows: readonly (readonly string[])[] } | undefined {
  for (const [index, row] of cells.entries()) {
    const names = row.map(cell => COLUMN_NAMES.get(plain(cell)))
    if (names.includes('symbol') && names.includes('close')) {
      const at = (column: Column): number | undefined => {
        const found = names.indexOf(column)
        return found === -1 ? undefined : found
      }
      const columns = {
        symbol: at('symbol'),
        date: at('date'),
        time: at('time'),
        close: at('close'),
        count: row.length,
      }
      return { columns, rows: cells.slice(index + 1) }
    }
  }
  // Without a header only rows that can be nothing else are taken: a symbol that was asked for, a date, a time.
  const asked = new Set(symbols.map(symbol => symbol.toUpperCase()))
  const rows = cells.filter(row => asked.has(row[0]?.toUpperCase() ?? ''))
  const certain = rows.every(
    row =>
      row.length === ASKED_ORDER.count &&
      /^(?:\d{4}-\d{2}-\d{2}|N\/D)$/i.test(row[1] ?? '') &&
      /^(?:\d{2}:\d{2}:\d{2}|N\/D)$/i.test(row[2] ?? ''),
  )
  return rows.length > 0 && rows.length === cells.length && certain
    ? { columns: ASKED_ORDER, rows }
    : undefined
}

function plain(name: string): string {
  return name.toLowerCase().normalize('NFD').replaceAll(/\p{M}/gu, '')
}

function groupBySymbol(
  rows: readonly (readonly string[])[],
  columns: Columns,
): ReadonlyMap<string, readonly (readonly string[])[]> {
  return Map.groupBy(rows, row => cell(row, columns.symbol).toUpperCase())
}

function cell(row: readonly string[], column: number | undefined): string {
  return column === undefined ? '' : (row[column] ?? '')
}

/** One symbol's rows to its result; a repeated row is fine as long as it says the same price. */
function readRows(
  rows: readonly (readonly string[])[],
  columns: Columns,
  symbol: string,
  source: string,
): QuoteResult {
  const refused = (kind: 'malformed' | 'not-found', detail: string): QuoteResult => ({
    ok: false,
    kind,
    source,
    detail,
  })
  // More cells than names may be a decimal comma that moved every column; empty ones at the end are harmless.
  const odd = rows.find(
    row => row.length < columns.count || row.slice(columns.count).some(text => text !== ''),
  )
  if (odd) return refused('malformed', `a row of ${odd.length} columns under a header of ${columns.count}`)
  const prices = new Set(rows.map(row => cell(row, columns.close)))
  const [price = '', other] = prices
  if (other !== undefined) return refused('malformed', 'two rows with different prices')
  if (/^n\/[da]$/i.test(price)) return refused('not-found', 'N/D instead of a price')
  if (!isPrice(price)) return refused('malformed', `not a price: "${excerpt(price, 24)}"`)
  const [row = []] = rows
  const at = warsawTime(cell(row, columns.date), cell(row, columns.time))
  return { ok: true, quote: { symbol, price, currency: listingCurrency(symbol), at, source } }
}
