import { askSource } from '../../quotes/ask.ts'
import { parseQuoteSources } from '../../quotes/parse-sources.ts'
import { remedyFor } from '../../quotes/remedies.ts'
import { SAMPLE_SOURCE, type QuoteFailure, type QuoteSource } from '../../quotes/source.ts'
import type { Finding } from './finding.ts'

/** How long one source may take, in milliseconds. */
const PATIENCE_MS = 15_000

const WORDS: Readonly<Record<QuoteFailure, string>> = {
  'not-found': 'answers, and has no such symbol',
  'rate-limited': 'takes no more requests for now',
  blocked: 'turns programs away',
  gone: 'no longer has quotes at this address',
  auth: 'wants an access key',
  malformed: 'sends an answer that cannot be read',
  timeout: 'does not answer in time',
  network: 'cannot be reached',
  http: 'answers with an error',
}

/**
 * Asks each source that `--quotes` names for one symbol. One that does not answer is a problem where no other does,
 * and else a warning: the bot goes on to the next.
 */
export async function sourceFindings(list: string, symbol: string): Promise<Finding[]> {
  let sources: readonly QuoteSource[]
  try {
    sources = parseQuoteSources(list)
  } catch (error) {
    const text = error instanceof Error ? error.message.replace(/\.$/, '') : 'cannot be read'
    return [{ part: 'source', subject: '--quotes', severity: 'problem', text }]
  }
  const findings = await Promise.all(sources.map(source => look(source, symbol)))
  const works = findings.some(({ severity }) => severity === 'ok' || severity === 'note')
  return works ? findings.map(lenient) : findings
}

function lenient(finding: Finding): Finding {
  return finding.severity === 'problem' ? { ...finding, severity: 'warning' } : finding
}

async function look(source: QuoteSource, symbol: string): Promise<Finding> {
  const subject = `source ${source.name}`
  const part = 'source'
  if (source.name === SAMPLE_SOURCE)
    return { part, subject, severity: 'note', text: 'made-up prices, marked as such in every answer' }
  if (source.covers?.(symbol) === false)
    return { part, subject, severity: 'note', text: `has no listings like ${symbol}, and was not asked` }
  const began = Date.now()
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const [result] = await askSource(source, [symbol], { signal, deadline: began + PATIENCE_MS })
  const took = `${Date.now() - began} ms`
  if (result?.ok === true)
    return { part, subject, severity: 'ok', text: `has a quote for ${symbol} (${took})` }
  if (!result || result.kind === 'not-found')
    return {
      part,
      subject,
      severity: 'warning',
      text: `${WORDS['not-found']} (${took})`,
      remedy: `ask for one that it must have: --symbol`,
    }
  const remedy = remedyFor(result)
  const text = `${WORDS[result.kind]} (${result.kind}): ${result.detail}`
  return { part, subject, severity: 'problem', text, ...(remedy !== undefined && { remedy }) }
}
