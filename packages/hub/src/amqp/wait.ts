/** Waiting that always ends. */
import type { Clock } from '../clock.ts'

/**
 * Settles as `work` does; rejects with a TimeoutError after `ms`, or with the signal's reason when it aborts.
 * What becomes of `work` then is the caller's business.
 */
export function within<T>(
  clock: Clock,
  ms: number,
  what: string,
  work: Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const abort = (): void => {
    reject(asError(signal?.reason))
  }
  const cancel = clock.setTimer(() => {
    reject(new DOMException(`${what} took longer than ${ms} ms`, 'TimeoutError'))
  }, ms)
  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort, { once: true })
  work.then(resolve, reject)
  return promise.finally(() => {
    cancel()
    signal?.removeEventListener('abort', abort)
  })
}

/** Resolves after `ms`, or at once when one of the signals aborts. Never rejects. */
export function pause(clock: Clock, ms: number, ...signals: readonly AbortSignal[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (signals.some(signal => signal.aborted)) return Promise.resolve()
  const end = (): void => {
    cancel()
    for (const signal of signals) signal.removeEventListener('abort', end)
    resolve()
  }
  const cancel = clock.setTimer(end, ms)
  for (const signal of signals) signal.addEventListener('abort', end)
  return promise
}

/** What was thrown, as an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
