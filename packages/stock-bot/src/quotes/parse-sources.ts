/** The operator's list of quote sources, `--quotes stooq,sample`, to sources. */
import { excerpt } from './excerpt.ts'
import { finnhub, isFinnhubKey } from './finnhub.ts'
import { FINNHUB_KEY } from './remedies.ts'
import { sampleQuotes } from './sample.ts'
import { SAMPLE_SOURCE, type QuoteSource } from './source.ts'
import { isBare, stooq, type StooqOptions } from './stooq.ts'

/** The list of sources is wrong: the message tells whoever wrote it what may stand there. A binary exits with 2. */
export class QuoteSourcesError extends Error {
  override readonly name = 'QuoteSourcesError'
}

const FORM = `--quotes takes stooq, finnhub, ${SAMPLE_SOURCE}, or the http:// or https:// address of a Stooq-compatible server, separated by commas, for example --quotes stooq,${SAMPLE_SOURCE}`

/** What the clients in the list are made with. */
export interface SourcesOptions extends Pick<
  StooqOptions,
  'fetch' | 'timeout' | 'maxBytes' | 'userAgent' | 'clock'
> {
  /** Where access keys are: `FINNHUB_API_KEY`. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/**
 * Reads names and addresses, in the order in which they are to be tried.
 * @throws QuoteSourcesError where the list is empty, repeats an entry, has one that is unknown, or lacks a key.
 */
export function parseQuoteSources(text: string, options: SourcesOptions = {}): QuoteSource[] {
  const entries = text
    .split(',')
    .map(entry => entry.trim())
    .filter(entry => entry !== '')
  if (entries.length === 0) throw new QuoteSourcesError(`No quote source is named. ${FORM}.`)
  const sources = entries.map(entry => sourceOf(entry, options))
  for (const [index, { name }] of sources.entries()) {
    if (sources.findIndex(other => other.name === name) < index) {
      throw new QuoteSourcesError(`The quote source ${name} is named twice. ${FORM}.`)
    }
  }
  return sources
}

function sourceOf(entry: string, { env = process.env, ...options }: SourcesOptions): QuoteSource {
  const name = entry.toLowerCase()
  if (name === 'stooq') return stooq(options)
  if (name === SAMPLE_SOURCE) return sampleQuotes()
  if (name === 'finnhub') {
    const key = env[FINNHUB_KEY]?.trim() ?? ''
    if (isFinnhubKey(key)) return finnhub({ ...options, key })
    const problem = key === '' ? 'which is not set' : 'where something is that cannot be one'
    throw new QuoteSourcesError(`finnhub needs its access key in ${FINNHUB_KEY}, ${problem}. ${FORM}.`)
  }
  if (!/^https?:\/\//.test(name)) {
    throw new QuoteSourcesError(`Unknown quote source "${excerpt(entry)}". ${FORM}.`)
  }
  const url = URL.parse(entry)
  // Not echoed: it may hold a password.
  if (!url) throw new QuoteSourcesError(`A quote source's address is not a valid URL. ${FORM}.`)
  if (!isBare(url)) {
    const extras = 'a user name, password, query or fragment'
    throw new QuoteSourcesError(`The address of ${url.host} must not hold ${extras}. ${FORM}.`)
  }
  return stooq({ ...options, baseUrl: entry, name: url.origin + url.pathname.replace(/\/+$/, '') })
}
