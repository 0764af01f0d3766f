import type { Clock } from '@hubbub/hub'

/** Waits. Rejects with the signal's reason when that aborts. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const abort = (): void => {
    reject(signal.reason)
  }
  const cancel = clock.setTimer(resolve, ms)
  signal.addEventListener('abort', abort, { once: true })
  try {
    await promise
  } finally {
    cancel()
    signal.removeEventListener('abort', abort)
  }
}
