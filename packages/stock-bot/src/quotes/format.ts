/** Quotes and refusals as people read them in a room. */
import { roundHalfUp } from './decimal.ts'
import { excerpt } from './excerpt.ts'
import { otherSources, remedyFor } from './remedies.ts'
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

/** How an answer is put. */
export interface FormatOptions {
  /**
   * Whether a quote from a cache tells how long ago its source said so: ` (45 s ago)`. Less than a second is not
   * worth it. @default false
   */
  readonly showAge?: boolean
}

/**
 * `AAPL.US quote is $93.42 per share`. Two decimals, rounded half up on the decimal string. The dollar sign only
 * where the listing is in dollars; another currency's code stands behind the amount; unknown: the bare amount. An
 * index has no shares: `^SPX quote is 5751.13`.
 * Sample data always ends in ` (sample data)`, and a price of more than 7 days ago in ` (price of 2019-03-01)`.
 * `ageMs` is how long ago the source said so; where given, it is shown.
 * @throws RangeError where the price is not a decimal string.
 */
export function formatQuote(quote: Quote, ageMs?: number): string {
  const { symbol, price, currency, source } = quote
  const amount = roundHalfUp(price, 2)
  const money = currency === 'USD' ? `$${amount}` : currency === undefined ? amount : `${amount} ${currency}`
  const marks = [
    ...(source === SAMPLE_SOURCE ? [SAMPLE] : []),
    ...(quote.outdated ? [`price of ${dateOf(quote.at)}`] : []),
    ...(ageMs !== undefined && ageMs >= 1_000 ? [`${span(ageMs, Math.floor)} ago`] : []),
  ]
  const name = symbol.toUpperCase()
  const unit = name.startsWith('^') ? '' : ' per share'
  return `${name} quote is ${money}${unit}${marks.length > 0 ? ` (${marks.join(', ')})` : ''}`
}

/** Why there is no quote for this symbol, which source said so, and which setting would help. */
export function formatRefusal(symbol: string, refusal: QuoteRefusal): string {
  if (refusal.kind === 'not-found') {
    const name = symbol.toUpperCase()
    const hint = better(name)
    return hint === ''
      ? notFound(name, refusal.source)
      : `No quote found for ${name}. ${hint}${mark(refusal.source)}`
  }
  if (refusal.unasked)
    return `The command expired before a quote service could be asked (timeout). Try again.`
  return refusal.reasons ? allFailed(refusal, refusal.reasons) : oneFailed(refusal)
}

/** One line per symbol, in their order; what is true of all of them is said once. */
export function formatAnswer(
  symbols: readonly string[],
  results: readonly QuoteResult[],
  { showAge = false }: FormatOptions = {},
): string {
  const lines = symbols.map((symbol, index) => {
    const result = results[index]
    if (result?.ok) return formatQuote(result.quote, showAge ? result.ageMs : undefined)
    return result ? formatRefusal(symbol, result) : notFound(symbol.toUpperCase(), '')
  })
  const [first = ''] = lines
  if (lines.every(line => line === first)) return first
  return symbols
    .map((symbol, index) => {
      const result = results[index]
      if (!result || result.ok) return lines[index] ?? ''
      const name = symbol.toUpperCase()
      // Among other lines the form of a symbol would be noise, and a failure must say whose it is.
      if (result.kind === 'not-found') return notFound(name, result.source)
      return `${name}: ${lines[index] ?? ''}`
    })
    .join('\n')
}

/** What to try instead. Of a symbol that names its market, nobody knows. */
function better(symbol: string): string {
  if (symbol.includes('.')) return ''
  return /^[A-Z]{1,5}$/.test(symbol) ? `Did you mean ${symbol}.US?` : `${SYMBOL_FORM}.`
}

const notFound = (symbol: string, source: string): string =>
  `No quote found for ${symbol}${mark(source) || '.'}`

const SAMPLE = 'sample data'

function mark(source: string): string {
  return source === SAMPLE_SOURCE ? ` (${SAMPLE})` : ''
}

function dateOf(at: number | undefined): string {
  // Whatever a source of somebody else's says: outside of this range there is no date.
  return at !== undefined && Math.abs(at) <= 8.64e15 ? new Date(at).toISOString().slice(0, 10) : 'long ago'
}

function oneFailed(refusal: QuoteRefusal): string {
  const remedy = remedyFor(refusal) ?? ''
  const others = / source /.test(remedy) ? ` (${otherSources(refusal.source)})` : ''
  const help = LASTING.has(refusal.kind) ? remedy : `try again ${when(refusal)}, or ${remedy}`
  // Where the command's patience has ended, nobody knows which of a chain's sources was asked.
  const service = refusal.source.includes(',') ? 'quote services' : 'quote service'
  return `The ${service} ${because(refusal)}. ${help.charAt(0).toUpperCase()}${help.slice(1)}${others}.`
}

function allFailed(refusal: QuoteRefusal, reasons: readonly QuoteRefusal[]): string {
  const each = reasons.map(reason => {
    const remedy = remedyFor(reason)
    return remedy === undefined ? because(reason) : `${because(reason)} – ${remedy}`
  })
  const live = reasons.filter(({ source }) => source !== SAMPLE_SOURCE)
  const again = live.every(({ kind }) => LASTING.has(kind)) ? '' : ` Try again ${when(refusal)}.`
  return `No quote service answered: ${each.join('; ')}.${again}`
}

function because({ source, kind, detail, unasked }: QuoteRefusal): string {
  const status = kind === 'http' ? /status \d{3}/.exec(detail)?.[0] : undefined
  const phrase = unasked ? 'was not asked for want of time' : PHRASES[kind]
  return `${excerpt(source, 60)} ${phrase} (${status ? `${kind}, ${status}` : kind})`
}

function when({ retryAfterMs = 0 }: QuoteRefusal): string {
  return retryAfterMs > 0 ? `in ${span(retryAfterMs, Math.ceil)}` : 'later'
}

function span(ms: number, round: (n: number) => number): string {
  const seconds = round(ms / 1000)
  return seconds < 90 ? `${seconds} s` : `${round(seconds / 60)} min`
}
