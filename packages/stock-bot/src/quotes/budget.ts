/** No stage starts what it cannot finish. */
import type { QuoteClock } from './clock.ts'
import type { QuoteRefusal } from './source.ts'

/**
 * Least milliseconds that must be left until the deadline for a request to be started. A TLS handshake and an
 * answer take about half of it; less would be an outward request whose answer nobody hears.
 */
export const MIN_REQUEST_MS = 500

/** Whether too little time is left to start anything. */
export function isTooLate(clock: Pick<QuoteClock, 'now'>, deadline: number | undefined): boolean {
  return deadline !== undefined && deadline - clock.now() < MIN_REQUEST_MS
}

/** What is answered instead of asking a source. */
export function unasked(source: string): QuoteRefusal {
  const detail = `not asked: less than ${MIN_REQUEST_MS} ms were left`
  return { ok: false, kind: 'timeout', source, detail, unasked: true }
}
