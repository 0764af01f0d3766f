import { createHub, memoryLog, secret, systemClock } from '@hubbub/hub'
import { createClient } from '@hubbub/hub/client'
import { memoryTransport } from '@hubbub/hub/memory'
import { expect, it } from 'vitest'
import { runPlain } from '../../src/plain/run-plain.ts'
import { testIo } from '../support/io.ts'

// A line that found the server's log away was reported as not sent and forgotten, and the next one went out before
// whoever wrote it could write it again.
it('lines that find the log away go out in order when it is back, and the run waits for them', async () => {
  const kept = memoryLog({ clock: systemClock, secret })
  let outages = 3
  await using hub = createHub({
    log: {
      ...kept,
      append: (room, drafts) => {
        if (outages-- > 0) throw new Error('the database is away')
        return kept.append(room, drafts)
      },
    },
  })
  await using client = createClient({ url: 'memory:', name: 'ann', connect: memoryTransport(hub) })
  const io = testIo({ clock: systemClock })
  const done = runPlain({ client, room: 'general', io })
  io.stdin.end('one\ntwo\n')
  expect(await done).toBe(0)
  expect(outages).toBeLessThan(0)
  expect(io.out().replaceAll(/^\S+ /gm, '')).toBe('ann: one\nann: two\n')
  expect(io.err()).not.toContain('not sent')
})
