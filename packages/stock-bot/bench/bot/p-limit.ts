import pLimit from 'p-limit'
import { ANSWER, command } from './command.ts'
import type { OpenSystem } from './round-trips.ts'

/** What one writes in an afternoon instead: a bound on how many run, and a timeout for each. */
export const openByHand: OpenSystem = async replied => {
  const limit = pLimit(64)
  const answer = async (signal: AbortSignal): Promise<string> => {
    await Promise.resolve()
    signal.throwIfAborted()
    return ANSWER
  }
  await Promise.resolve()
  return {
    async send(id) {
      const { commandId } = command(id)
      await limit(() => answer(AbortSignal.timeout(30_000)))
      replied(commandId)
    },
    close: () => Promise.resolve(),
  }
}
