/**
 * Rejects with the signal's reason once it aborts, and never resolves: for `Promise.race`. Make one and race it
 * as often as needed; each adds a listener to the signal.
 */
export function untilAborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  // Whoever races it hears of it; where nobody does at that moment, it is no unhandled rejection.
  promise.catch(() => {})
  if (signal.aborted) reject(signal.reason)
  else
    signal.addEventListener(
      'abort',
      () => {
        reject(signal.reason)
      },
      { once: true },
    )
  return promise
}
