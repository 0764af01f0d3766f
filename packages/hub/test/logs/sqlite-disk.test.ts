import { spawnSync } from 'node:child_process'
import { closeSync, openSync, renameSync, writeSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { sqliteLog } from '@hubbub/hub/sqlite'
import { VirtualClock } from '@hubbub/hub/testing'
import { expect, it } from 'vitest'
import { openDatabase } from '../../src/logs/sqlite/database.ts'
import { SqliteLog } from '../../src/logs/sqlite/log.ts'
import { resolveOptions } from '../../src/logs/sqlite/options.ts'
import { draftOf, draftsOf, temporaryFolder } from './support/temporary.ts'

/** A log with its database in sight, so that a test can do to it what a disk does. */
function setUp(path: string) {
  const clock = new VirtualClock()
  const opened: DatabaseSync[] = []
  const log = new SqliteLog(resolveOptions({ path, clock }), options => {
    const file = openDatabase(options)
    opened.push(file.db)
    return file
  })
  const db = (): DatabaseSync => {
    const last = opened.at(-1)
    if (!last) throw new Error('it was never opened')
    return last
  }
  return { log, clock, db, opened }
}

it('refuses appends while the disk is full, reads on, and is back when there is room', async () => {
  using folder = temporaryFolder()
  const path = folder.file('chat.db')
  const { log, db, opened } = setUp(path)
  await log.append('r', draftsOf('a', 100))
  const { page_count: pages } = db().prepare('PRAGMA page_count').get() as { page_count: number }
  db().exec(`PRAGMA max_page_count = ${pages}`)
  const flood = draftsOf('b', 400)
  const calls = await Promise.allSettled([log.append('r', flood), log.append('r', [draftOf('c')])])
  expect(calls).toMatchObject([{ reason: { code: 'full' } }, { reason: { code: 'full' } }])
  await expect(log.append('r', flood)).rejects.toThrow(`message log ${path}: cannot grow: the disk is full`)
  expect(await log.read('r', { limit: 1 })).toMatchObject({ seq: 100, messages: [{ seq: 100 }] })
  db().exec('PRAGMA max_page_count = 1000000')
  expect(await log.append('r', flood)).toMatchObject({ 0: { seq: 101, duplicate: false }, length: 400 })
  expect(opened).toHaveLength(1)
  log.close()
})

it('opens the file anew after a failure that is not sure to pass, at most four times a second', async () => {
  using folder = temporaryFolder()
  const { log, clock, db, opened } = setUp(folder.file('chat.db'))
  await log.append('r', [draftOf('1')])
  const { epoch } = await log.read('r', { limit: 0 })
  db().exec('PRAGMA query_only = ON')
  await expect(log.append('r', [draftOf('2')])).rejects.toMatchObject({ code: 'read-only' })
  await expect(log.append('r', [draftOf('2')])).rejects.toThrow('read-only')
  await expect(log.read('r', { limit: 1 })).rejects.toMatchObject({ code: 'read-only' })
  expect(opened).toHaveLength(1)
  await clock.advance(250)
  expect(await log.append('r', [draftOf('1'), draftOf('2')])).toMatchObject([
    { seq: 1, duplicate: true },
    { seq: 2, duplicate: false },
  ])
  expect(opened).toHaveLength(2)
  expect(await log.positions(['r'])).toEqual([{ epoch, seq: 2 }])
  log.close()
})

it('says that the file is gone, or another log, and goes on where it comes back', async () => {
  using folder = temporaryFolder()
  const path = folder.file('chat.db')
  const { log, clock, db } = setUp(path)
  await log.append('r', [draftOf('1')])
  db().exec('PRAGMA query_only = ON')
  await expect(log.append('r', [draftOf('2')])).rejects.toThrow('read-only')
  renameSync(path, folder.file('away.db'))
  await clock.advance(250)
  await expect(log.append('r', [draftOf('2')])).rejects.toThrow(`${path}: is gone`)
  void sqliteLog({ path }).close()
  await clock.advance(250)
  await expect(log.append('r', [draftOf('2')])).rejects.toThrow(`${path}: is another log now`)
  renameSync(folder.file('away.db'), path)
  await clock.advance(250)
  expect(await log.append('r', [draftOf('2')])).toMatchObject([{ seq: 2 }])
  log.close()
})

it('says which file is damaged', async () => {
  using folder = temporaryFolder()
  const path = folder.file('chat.db')
  const whole = sqliteLog({ path })
  await whole.append('r', draftsOf('a', 2_000))
  await whole.close()
  const file = openSync(path, 'r+')
  // All but the first pages, which hold the schema and the names of the rooms.
  for (let page = 8; page < 50; page += 1) writeSync(file, 'rubbish'.repeat(580), page * 4_096)
  closeSync(file)
  const log = sqliteLog({ path })
  const reads = async () => log.read('r', { after: 0, limit: 2_000 })
  await expect(reads()).rejects.toThrow(`message log ${path}: is damaged`)
  await log.close()
})

/**
 * An append to a room whose epoch had been read while the disk was full was answered, and gone after a restart:
 * the room's own row had never been written.
 */
it('answers no read of a new room that it could not write down', async () => {
  using folder = temporaryFolder()
  const path = folder.file('chat.db')
  const program = `
    import { sqliteLog } from '@hubbub/hub/sqlite'
    const log = sqliteLog({ path: ${JSON.stringify(path)} })
    const epochs = []
    try {
      for (let n = 0; n < 1_000; n += 1) epochs.push((await log.read('room-' + n, { limit: 1 })).epoch)
    } catch (error) {
      console.log(JSON.stringify({ epochs, code: error.code }))
    }`
  // Files may not grow beyond some 200 KiB, which a write finds out as late as it finds out a full disk.
  const limited = 'ulimit -f 200 && exec "$0" --conditions=@hubbub/source --input-type=module --eval "$1"'
  const { stdout } = spawnSync('/bin/sh', ['-c', limited, process.execPath, program], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  })
  const { epochs, code } = JSON.parse(stdout) as { epochs: readonly string[]; code: string }
  expect(code).toBe('failed')
  expect(epochs.length).toBeGreaterThan(5)
  const log = sqliteLog({ path })
  const positions = await log.positions(epochs.map((_, n) => `room-${n}`))
  expect(positions.map(({ epoch }) => epoch)).toEqual(epochs)
  await log.close()
})
