/** Quotes and refusals as people read them in a room. */
import { roundHalfUp } from './decimal.ts'
import {
  SAMPLE_SOURCE,
  type Quote,
  type QuoteFailure,
  type QuoteRefusal,
  type QuoteResult,
} from './source.ts'
import { SYMBOL_FORM } from './symbol.ts'

/** What follows the name of the source, in each kind. */
const PHRASES: Readonly<Record<QuoteFailure, string>> = {
  'not-found': 'has no quote for it',
  'rate-limited': 'takes no more requests for now',
  blocked: 'turns programs away',
  gone: 'no longer has quotes at this address',
  auth: 'wants an access key',
  malformed: 'sent an answer that cannot be read',
  timeout: 'did not answer in time',
  network: 'could not be reached',
  http: 'answered with an error',
}

/** Kinds that waiting alone does not cure. */
const LASTING: ReadonlySet<QuoteFailure> = new Set(['blocked', 'gone', 'auth'])

/**
 * `AAPL.US quote is $93.42 per share`. Two decimals, rounded half up on the decimal string. The dollar sign only
 * where the listing is in dollars; another currency's code stands behind the amount; unknown: the bare amount.
 * Sample data always ends in ` (sample data)`.
 * @throws RangeError where the price is not a decimal string.
 */
export function formatQuote({ symbol, price, currency, source }: Quote): string {
  const amount = roundHalfUp(price, 2)
  const money = currency === 'USD' ? `$${amount}` : currency === undefined ? amount : `${amount} ${currency}`
  return `${symbol.toUpperCase()} quote is ${money} per share${mark(source)}`
}

/** Why there is no quote for this symbol, which source said so, and what would help. */
export function formatRefusal(symbol: string, refusal: QuoteRefusal): string {
  if (refusal.kind === 'not-found') {
    const name = symbol.toUpperCase()
    const better = /^[A-Z]{1,5}$/.test(name) ? ` Did you mean ${name}.US?` : ''
    return `No quote found for ${name}.${better} ${SYMBOL_FORM}${mark(refusal.source) || '.'}`
  }
  return `${whatFailed(refusal)} ${advice(refusal)}`
}

/** One line per symbol, in their order; what is true of all of them is said once. */
export function formatAnswer(symbols: readonly string[], results: readonly QuoteResult[]): string {
  const lines = symbols.map((symbol, index) => {
    const result = results[index]
    if (result?.ok) return formatQuote(result.quote)
    return result ? formatRefusal(symbol, result) : `No quote found for ${symbol.toUpperCase()}.`
  })
  const [first = ''] = lines
  if (lines.every(line => line === first)) return first
  return symbols
    .map((symbol, index) => {
      const result = results[index]
      if (!result || result.ok) return lines[index] ?? ''
      const name = symbol.toUpperCase()
      // Among other lines the form of a symbol would be noise, and a failure must say whose it is.
      if (result.kind === 'not-found') return `No quote found for ${name}${mark(result.source) || '.'}`
      return `${name}: ${lines[index] ?? ''}`
    })
    .join('\n')
}

function mark(source: string): string {
  return source === SAMPLE_SOURCE ? ' (sample data)' : ''
}

function whatFailed({ reasons, source, kind, detail }: QuoteRefusal): string {
  if (!reasons) return `The quote service ${source} ${because(kind, detail)}.`
  const each = reasons.map(reason => `${reason.source} ${because(reason.kind, reason.detail)}`)
  return `No quote service answered: ${each.join('; ')}.`
}

function because(kind: QuoteFailure, detail: string): string {
  const status = kind === 'http' ? /status \d{3}/.exec(detail)?.[0] : undefined
  return `${PHRASES[kind]} (${status ? `${kind}, ${status}` : kind})`
}

function advice(refusal: QuoteRefusal): string {
  const all = refusal.reasons ?? [refusal]
  const live = all.filter(({ source }) => source !== SAMPLE_SOURCE)
  const when =
    refusal.retryAfterMs === undefined || refusal.retryAfterMs <= 0
      ? 'later'
      : `in ${wait(refusal.retryAfterMs)}`
  const again = live.every(({ kind }) => LASTING.has(kind)) ? '' : `Try again ${when}`
  if (live.length < all.length) return `${again || 'Another source would help'}.`
  return again ? `${again}, or start with --quotes sample.` : 'Start with --quotes sample, or another source.'
}

function wait(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  return seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`
}
