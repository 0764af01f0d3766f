import type { Verdict } from '../verdict.ts'

/** The body of a refusal: application/problem+json (RFC 9457) with the types that the RateLimit draft registers. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: 429 | 503
  readonly detail: string
  readonly 'violated-policies': readonly string[]
}

const TYPES = 'https://iana.org/assignments/http-problem-types#'

/** Says in JSON why a request was refused: 429 for the client's quota, 503 where the server cannot tell or keep it. */
export function problemOf(verdict: Verdict): Problem {
  const { policy, reason, retryAfterMs } = verdict
  const violated = { 'violated-policies': [policy] }
  if (reason === 'store-error' || reason === 'timeout' || reason === 'full') {
    return {
      type: `${TYPES}temporary-reduced-capacity`,
      title: 'Temporary Reduced Capacity',
      status: 503,
      detail: `The limit ${JSON.stringify(policy)} cannot be checked right now.`,
      ...violated,
    }
  }
  const when =
    retryAfterMs === Infinity
      ? 'This request costs more than the limit ever allows at once.'
      : `Try again in ${Math.ceil(retryAfterMs / 1_000)} s.`
  return {
    type: `${TYPES}quota-exceeded`,
    title: 'Quota Exceeded',
    status: 429,
    detail: `The limit ${JSON.stringify(policy)} is used up. ${when}`,
    ...violated,
  }
}
