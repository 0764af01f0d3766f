import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryLog, secret } from '@hubbub/hub'
import { markRestored, sqliteLog, type SqliteLogOptions } from '@hubbub/hub/sqlite'
import { describeMessageLog } from '@hubbub/hub/testing'
import { afterAll, describe, it } from 'vitest'
import { crowdOut } from './support/crowd-out.ts'

describeMessageLog(
  { describe, it },
  'memory',
  ({ clock, messagesPerRoom }) =>
    memoryLog({ clock, secret, ...(messagesPerRoom !== undefined && { messagesPerRoom }) }),
  { retention: true, renew: crowdOut },
)

const folder = mkdtempSync(join(tmpdir(), 'hubbub-log-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

for (const synchronous of ['normal', 'full'] as const) {
  const paths = new WeakMap<object, string>()
  const open = (options: SqliteLogOptions) => {
    const log = sqliteLog(options)
    paths.set(log, options.path)
    return log
  }
  describeMessageLog(
    { describe, it },
    `sqlite, synchronous: ${synchronous}`,
    ({ clock, messagesPerRoom }) =>
      open({
        path: join(folder, `${secret()}.db`),
        clock,
        synchronous,
        ...(messagesPerRoom !== undefined && { retention: { messagesPerRoom } }),
      }),
    {
      retention: true,
      reopen: async (log, { clock }) => {
        await log.close()
        return open({ path: paths.get(log) ?? '', clock, synchronous })
      },
      renew: async (log, { clock }) => {
        const path = paths.get(log) ?? ''
        await log.close()
        markRestored(path)
        return open({ path, clock, synchronous })
      },
    },
  )
}
