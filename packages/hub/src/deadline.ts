import type { Clock } from './clock.ts'
import { HubError } from './errors.ts'

/**
 * Waits for `work` at most `ms`; then rejects with `unavailable`, and what `work` does later is not seen here.
 * A value that is there already costs no timer.
 */
export async function within<T>(clock: Clock, ms: number, work: T | Promise<T>, what: string): Promise<T> {
  if (!(work instanceof Promise)) return work
  const late = Promise.withResolvers<never>()
  const cancel = clock.setTimer(() => {
    late.reject(new HubError('unavailable', `${what} did not answer in time; try again`))
  }, ms)
  try {
    return await Promise.race([work, late.promise])
  } catch (cause) {
    if (cause instanceof HubError) throw cause
    throw new HubError('unavailable', `${what} is not available; try again`, { cause })
  } finally {
    cancel()
  }
}
