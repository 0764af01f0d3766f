/** Which setting of the operator's would help when a source gives no quote. */
import { SAMPLE_SOURCE, type QuoteFailure, type QuoteRefusal } from './source.ts'

/** The environment variable that holds Finnhub's access key. */
export const FINNHUB_KEY = 'FINNHUB_API_KEY'

const ANOTHER = 'name another source in --quotes'
const ONE_MORE = 'add a source to --quotes'
const ADDRESS = 'check its address in --quotes'

type Remedies = Readonly<Record<Exclude<QuoteFailure, 'not-found'>, string>>

/** Stooq, and any source that this package does not know. */
const PLAIN: Remedies = {
  'rate-limited': ONE_MORE,
  blocked: ANOTHER,
  gone: ANOTHER,
  auth: ANOTHER,
  malformed: ONE_MORE,
  timeout: ONE_MORE,
  network: ONE_MORE,
  http: ONE_MORE,
}

const FINNHUB: Remedies = {
  ...PLAIN,
  'rate-limited': `set ${FINNHUB_KEY} to a key with a higher limit`,
  auth: `set ${FINNHUB_KEY} to a valid key`,
}

/** A server that the operator has named by its address. */
const NAMED: Remedies = {
  ...PLAIN,
  gone: ADDRESS,
  malformed: ADDRESS,
  timeout: ADDRESS,
  network: ADDRESS,
  http: ADDRESS,
}

/**
 * What to do, with the setting's name, as the rest of a sentence: `set FINNHUB_API_KEY to a valid key`. Undefined
 * for `not-found`, which no setting changes, and where the source was not asked.
 */
export function remedyFor({ source, kind, unasked }: QuoteRefusal): string | undefined {
  if (kind === 'not-found' || unasked) return undefined
  if (source === 'finnhub') return FINNHUB[kind]
  return (/^https?:\/\//.test(source) ? NAMED : PLAIN)[kind]
}

/** What else may stand in `--quotes`, besides this source, or these, joined with commas. */
export function otherSources(source: string): string {
  const listed = source.split(',')
  const others = ['finnhub', SAMPLE_SOURCE].filter(name => !listed.includes(name))
  return `${others.map(name => `${name}, `).join('')}or an address`
}
