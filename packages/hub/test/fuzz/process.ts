/** What the storm asks of the process that it runs in. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { systemClock } from '@hubbub/hub'

/** A turn of the event loop: what has arrived is read. */
export const turn = (): Promise<void> =>
  new Promise(resolve => {
    setImmediate(resolve)
  })

/** A machine that stood still has let time pass, and no turns in which anything could have come. */
const MORE_TURNS = 1_000

/** Rejects where the work takes longer, in time and in turns. */
export async function inTime<T>(what: string, ms: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const giveUp = async (): Promise<void> => {
    for (let n = 0; n < MORE_TURNS; n += 1) await turn()
    late.reject(new Error(`${what} took longer than ${ms} ms`))
  }
  const cancel = systemClock.setTimer(() => {
    void giveUp()
  }, ms)
  try {
    return await Promise.race([work, late.promise])
  } finally {
    cancel()
  }
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Megabytes that are held after the garbage is gone, buffers included. */
export function heapMB(): number {
  // What is freed by a finalizer of the first round goes with the second.
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 1024 / 1024
}

/** Tells of every exception and rejection that nobody handles, until the result is called. */
export function noteUnhandled(tell: (what: string) => void): () => void {
  const words = (error: unknown): string =>
    error instanceof Error ? (error.stack ?? error.message) : String(error)
  const exception = (error: unknown): void => tell(`uncaught: ${words(error)}`)
  const rejection = (error: unknown): void => tell(`unhandled rejection: ${words(error)}`)
  process.on('uncaughtException', exception).on('unhandledRejection', rejection)
  return () => {
    process.off('uncaughtException', exception).off('unhandledRejection', rejection)
  }
}
