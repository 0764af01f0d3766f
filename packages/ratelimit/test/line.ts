/** A limiter on virtual time, and a log of who was served when. */
import { createLimiter, type LimiterOptions } from '../src/index.ts'
import { manualClock } from '../src/testing/index.ts'

export const make = (options: Partial<LimiterOptions> = {}) => {
  const clock = manualClock()
  const limiter = createLimiter({ requestsPerSecond: 10, burst: 1, clock, sweepMs: 2 ** 31 - 1, ...options })
  const log: string[] = []
  /** Waits, and notes the time and how it ended. */
  const wait = (name: string, options = {}): Promise<void> =>
    limiter.wait('k', options).then(
      ({ ok, reason }) => void log.push(`${clock.time} ${name} ${ok ? 'served' : reason}`),
      (error: unknown) =>
        void log.push(`${clock.time} ${name} ${error instanceof Error ? error.name : 'no error'}`),
    )
  /** Moves time in steps, and lets what became due settle at each. */
  const pass = async (ms: number, step = 10): Promise<void> => {
    await settled()
    for (let passed = 0; passed < ms; passed += step) {
      clock.advance(step)
      await settled()
    }
  }
  return { clock, limiter, log, wait, pass }
}

/** Resolves when every promise that could settle now has told its followers. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 8; i++) await Promise.resolve()
}
