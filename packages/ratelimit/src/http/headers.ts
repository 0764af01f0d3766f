import type { Verdict } from '../verdict.ts'

/** What is announced of a limit; a `Limiter` and a `RedisLimiter` are this too. */
export interface Policy {
  readonly name: string
  /** Tokens in a full bucket. */
  readonly limit: number
  /** Milliseconds until an empty bucket is full. */
  readonly refillMs: number
  /** What one token is, where it is not a request: `content-bytes`, for example. */
  readonly unit?: string
}

/**
 * The fields of draft-ietf-httpapi-ratelimit-headers-11 for a verdict: `RateLimit-Policy` for all limits,
 * `RateLimit` for the one that decided, and `Retry-After` when it refused. Times are rounded up and tokens down,
 * so that a client that believes them is not refused.
 *
 * @example
 * rateLimitHeaders(limiter.check('ada'), [limiter])
 * //=> { 'RateLimit-Policy': '"default";q=20;w=2', 'RateLimit': '"default";r=19;t=1' }
 */
export function rateLimitHeaders(verdict: Verdict, policies: readonly Policy[]): Record<string, string> {
  const headers: Record<string, string> = {}
  const policy = policies.find(({ name }) => name === verdict.policy)
  headers['RateLimit-Policy'] = policies.map(policyItem).join(', ')
  const wait = policy ? nextTokenSeconds(verdict, policy) : 0
  headers['RateLimit'] = `${quote(verdict.policy)};r=${verdict.remaining}${wait > 0 ? `;t=${wait}` : ''}`
  if (!verdict.ok && verdict.retryAfterMs !== Infinity) {
    headers['Retry-After'] = String(Math.max(wait, Math.ceil(verdict.retryAfterMs / 1_000)))
  }
  return headers
}

function policyItem({ name, limit, refillMs, unit }: Policy): string {
  const window = Math.max(1, Math.ceil(refillMs / 1_000))
  return `${quote(name)};q=${limit};w=${window}${unit === undefined ? '' : `;qu=${quote(unit)}`}`
}

/** The draft's `t`: seconds until there is a token more than now. */
function nextTokenSeconds({ remaining, resetMs }: Verdict, { limit, refillMs }: Policy): number {
  const missing = limit - remaining
  if (missing <= 0 || resetMs === 0) return 0
  return Math.max(1, Math.ceil((resetMs - (missing - 1) * (refillMs / limit)) / 1_000))
}

/** A string of structured fields (RFC 9651 §3.3.3). */
const quote = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`
