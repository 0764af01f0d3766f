/**
 * Quotes from Finnhub, for operators who have an access key. A free key covers listings in the United States,
 * 60 calls a minute. https://finnhub.io/docs/api/quote
 */
import { machineClock, type QuoteClock } from './clock.ts'
import { isPrice } from './decimal.ts'
import { excerpt } from './excerpt.ts'
import { fetchText, type Fetch } from './fetch-text.ts'
import { refusedByStatus } from './http-status.ts'
import { markOutdated } from './outdated.ts'
import type { AskOptions, QuoteRefusal, QuoteResult, QuoteSource } from './source.ts'

/** How Finnhub is asked. */
export interface FinnhubOptions {
  /** The access key. It travels in a header and appears in no message. */
  readonly key: string
  /** @default 'https://finnhub.io/api/v1' */
  readonly baseUrl?: string
  /** @default globalThis.fetch */
  readonly fetch?: Fetch
  /** Milliseconds until the last byte of the answer. @default 10_000 */
  readonly timeout?: number
  /** Most bytes of an answer. @default 65_536 */
  readonly maxBytes?: number
  /** @default 'hubbub-stock-bot/0.1' */
  readonly userAgent?: string
  readonly clock?: QuoteClock
}

/** Its limits are per minute. */
const LIMIT_MS = 60_000

/**
 * A source for `.US` symbols, one request each.
 * @throws TypeError where the key cannot be the value of a header.
 */
export function finnhub(options: FinnhubOptions): QuoteSource {
  const { key, baseUrl = 'https://finnhub.io/api/v1', timeout = 10_000, maxBytes = 65_536 } = options
  const { fetch = (url, init) => globalThis.fetch(url, init), clock = machineClock } = options
  if (!isFinnhubKey(key)) throw new TypeError('key must be printable ASCII without spaces')
  const headers = {
    'x-finnhub-token': key,
    'user-agent': options.userAgent ?? 'hubbub-stock-bot/0.1',
    accept: 'application/json',
    'accept-encoding': 'identity',
    connection: 'close',
  }
  const ask = async (symbol: string, { signal, deadline }: AskOptions): Promise<QuoteResult> => {
    if (!isAmerican(symbol)) return refused('not-found', 'only listings in the United States')
    // `BRK-B.US` is Stooq's way to write the class B share that Finnhub calls `BRK.B`.
    const ticker = symbol.slice(0, -'.US'.length).toUpperCase().replaceAll('-', '.')
    const url = `${baseUrl}/quote?symbol=${encodeURIComponent(ticker)}`
    const answer = await fetchText(url, { fetch, headers, timeout, maxBytes, clock, signal, deadline })
    if (!answer.ok) return { ...answer, source: NAME }
    const refusal = refusedByStatus(answer.status, answer.headers)
    if (!refusal) return markOutdated(readQuote(answer.text, symbol.toUpperCase()), clock.now())
    // Here 403 means that the key's plan does not reach so far.
    const kind = answer.status === 403 ? 'auth' : refusal.kind
    const retryAfterMs = refusal.retryAfterMs ?? (kind === 'rate-limited' ? LIMIT_MS : undefined)
    return { ...refused(kind, refusal.detail), ...(retryAfterMs !== undefined && { retryAfterMs }) }
  }
  return {
    name: NAME,
    covers: isAmerican,
    quotes: (symbols, options) => Promise.all(symbols.map(symbol => ask(symbol, options))),
  }
}

const NAME = 'finnhub'

/** Whether a text can be a key: it travels as the value of a header. */
export function isFinnhubKey(text: string): boolean {
  return /^[\x21-\x7E]+$/.test(text)
}

function isAmerican(symbol: string): boolean {
  return /^[^^.][^.]*\.US$/i.test(symbol)
}

function refused(kind: QuoteRefusal['kind'], detail: string): QuoteRefusal {
  return { ok: false, kind, source: NAME, detail }
}

/** `{"c":182.63,…,"t":1704067200}`: the current price, and when. An unknown symbol has zeros. */
function readQuote(text: string, symbol: string): QuoteResult {
  let quote: unknown
  try {
    quote = JSON.parse(text)
  } catch {
    const kind = /^\s*</.test(text) ? 'blocked' : 'malformed'
    return refused(kind, `not JSON: ${excerpt(text)}`)
  }
  if (typeof quote !== 'object' || quote === null || !('c' in quote)) {
    return refused('malformed', `no price in ${excerpt(text)}`)
  }
  if (quote.c === 0 || quote.c === null) return refused('not-found', 'no price')
  // The digits as they were sent: through a float, 0.1 + 0.2 cents would be lost or gained.
  const price = /"c"\s*:\s*([^\s,}]+)/.exec(text)?.[1] ?? ''
  if (!isPrice(price) || Number(price) !== quote.c) {
    return refused('malformed', `not a price: ${excerpt(price, 24)}`)
  }
  const at = 't' in quote && typeof quote.t === 'number' && quote.t > 0 ? quote.t * 1000 : undefined
  return { ok: true, quote: { symbol, price, currency: 'USD', at, source: NAME } }
}
