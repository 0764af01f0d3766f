import { systemClock } from '@hubbub/hub'

/** Resolves after so many milliseconds. */
export const after = (ms: number): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>()
  systemClock.setTimer(resolve, ms)
  return promise
}

/** Settles as `work` does; rejects where that takes longer. */
export async function inTime<T>(what: string, ms: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const cancel = systemClock.setTimer(() => {
    late.reject(new Error(`${what} took longer than ${ms} ms`))
  }, ms)
  try {
    return await Promise.race([work, late.promise])
  } finally {
    cancel()
  }
}
