import { memoryLog, type MessageLog, secret } from '@hubbub/hub'
import { type Exploration, VirtualClock } from '@hubbub/hub/testing'

/**
 * A log that takes appends in the order of the calls, each when the explorer wants; the answer may be lost on its way.
 * `landed` is told each id as it lands, also where it was there already.
 */
export function unsureLog({ step, pick }: Exploration, landed: (id: string) => void): MessageLog {
  const log = memoryLog({ clock: new VirtualClock(), secret })
  let line: Promise<unknown> = Promise.resolve()
  return {
    ...log,
    append: (room, drafts) => {
      const work = line.then(async () => {
        await step('landing')
        const appended = await log.append(room, drafts)
        for (const { id } of drafts) landed(id)
        if (pick([false, false, false, true])) throw new Error('the answer is lost')
        return appended
      })
      line = work.catch(() => {})
      return work
    },
  }
}
