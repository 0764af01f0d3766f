/**
 * Quotes from Stooq, or from any server that speaks its `/q/l/` protocol.
 *
 * The site is reported to answer programs with a browser check, and to have retired this endpoint. Each refusal
 * is named (`blocked`, `gone`, …) and none is worked around: that would defeat an access control.
 */
import { machineClock, type QuoteClock } from './clock.ts'
import { fetchText, type Fetch } from './fetch-text.ts'
import { refusedByStatus } from './http-status.ts'
import { markOutdated } from './outdated.ts'
import { parseStooq, STOOQ_FIELDS } from './parse.ts'
import type { QuoteRefusal, QuoteResult, QuoteSource } from './source.ts'

/** How Stooq is asked. */
export interface StooqOptions {
  /** Where the protocol is spoken; `q/l/` is appended. @default 'https://stooq.com' */
  readonly baseUrl?: string
  /** What people read as the source's name. @default 'stooq' */
  readonly name?: string
  /** @default globalThis.fetch */
  readonly fetch?: Fetch
  /** Milliseconds until the last byte of the answer: 1 to 300,000. @default 10_000 */
  readonly timeout?: number
  /** Most bytes of an answer: 1,024 to 16 MiB. A row is about 80. @default 65_536 */
  readonly maxBytes?: number
  /** Stooq answers some well-known programs' names with 404. @default 'hubbub-stock-bot/0.1' */
  readonly userAgent?: string
  readonly clock?: QuoteClock
}

/**
 * A source that asks Stooq once for all symbols of a call.
 * @throws RangeError where an option is out of its range, TypeError where `baseUrl` is not an HTTP URL.
 */
export function stooq(options: StooqOptions = {}): QuoteSource {
  const { name = 'stooq', timeout = 10_000, maxBytes = 65_536, clock = machineClock } = options
  const { userAgent = 'hubbub-stock-bot/0.1', fetch = (url, init) => globalThis.fetch(url, init) } = options
  const endpoint = endpointOf(options.baseUrl ?? 'https://stooq.com')
  requireRange('timeout', timeout, 1, 300_000)
  requireRange('maxBytes', maxBytes, 1024, 16_777_216)
  // `identity` because a quote is smaller than a gzip header is worth, and `close` because a bot asks rarely
  // and an idle socket would outlive it.
  const headers = {
    'user-agent': userAgent,
    accept: 'text/csv, text/plain;q=0.9, */*;q=0.1',
    'accept-encoding': 'identity',
    connection: 'close',
  }
  return {
    name,
    async quotes(symbols, { signal, deadline }): Promise<readonly QuoteResult[]> {
      if (symbols.length === 0) return []
      const url = `${endpoint}?${stooqQuery(symbols)}`
      const answer = await fetchText(url, { fetch, headers, timeout, maxBytes, clock, signal, deadline })
      // The status decides before the body: an error page may well hold a table of old quotes.
      const refusal = answer.ok ? refusedByStatus(answer.status, answer.headers) : answer
      if (refusal) return symbols.map((): QuoteRefusal => ({ ...refusal, ok: false, source: name }))
      const results = parseStooq(answer.ok ? answer.text : '', symbols, name)
      return results.map(result => markOutdated(result, clock.now()))
    },
  }
}

/** The query for some symbols: lower case, and joined with a bare `+`, for `%2B` or a comma joins nothing. */
export function stooqQuery(symbols: readonly string[]): string {
  const unique = new Set(symbols.map(symbol => encodeURIComponent(symbol.toLowerCase())))
  return `s=${[...unique].join('+')}&f=${STOOQ_FIELDS}&h&e=csv`
}

function endpointOf(baseUrl: string): string {
  const url = URL.parse(baseUrl)
  if (!url || !/^https?:$/.test(url.protocol) || !isBare(url)) {
    throw new TypeError(
      'baseUrl must be an http:// or https:// URL without user name, password, query or fragment',
    )
  }
  return `${url.origin}${url.pathname.replace(/\/*$/, '/')}q/l/`
}

/** Whether an address is nothing but one: a query would be dropped silently, a password would show in names. */
export function isBare({ username, password, search, hash }: URL): boolean {
  return username + password + search + hash === ''
}

function requireRange(option: string, value: number, least: number, most: number): void {
  if (!(value >= least && value <= most)) {
    throw new RangeError(`${option} must be from ${least} to ${most}, and is ${value}`)
  }
}
