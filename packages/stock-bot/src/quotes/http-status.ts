/** What an HTTP status other than 2xx says about a quote service. */
import type { QuoteFailure, QuoteRefusal } from './source.ts'

/** The refusal that a status is; undefined for a 2xx. `Retry-After` is understood in seconds, up to a day. */
export function refusedByStatus(
  status: number,
  headers: Headers,
): Pick<QuoteRefusal, 'kind' | 'detail' | 'retryAfterMs'> | undefined {
  if (status >= 200 && status < 300) return undefined
  const seconds = Number(/^\d{1,5}$/.exec(headers.get('retry-after')?.trim() ?? '')?.[0])
  return {
    kind: kindOfStatus(status, headers),
    detail: `status ${status}${status >= 300 && status < 400 ? ', a redirect, which is not followed' : ''}`,
    ...(seconds > 0 && { retryAfterMs: Math.min(seconds, 86_400) * 1000 }),
  }
}

function kindOfStatus(status: number, headers: Headers): QuoteFailure {
  if (status === 401 || status === 402 || status === 407) return 'auth'
  if (status === 403 || status === 451 || headers.get('cf-mitigated') === 'challenge') return 'blocked'
  if (status === 404 || status === 410) return 'gone'
  return status === 429 ? 'rate-limited' : 'http'
}
