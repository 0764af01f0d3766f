import type { MessageLog } from '@hubbub/hub'

/** More than a memory log holds by default, by its own estimate. */
const MANY = 50
const LARGE = 'x'.repeat(1_000_000)

/** Fills a memory log with other rooms, until it lets go of those that were there. */
export async function crowdOut(log: MessageLog): Promise<MessageLog> {
  for (let n = 1; n <= MANY; n += 1)
    await log.append(`crowd-${n}`, [
      { id: '1', author: { id: 'crowd', name: 'crowd', kind: 'user' }, text: LARGE },
    ])
  return log
}
