import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { markRestored, sqliteLog, type SqliteLogOptions } from '@hubbub/hub/sqlite'
import { expect, it } from 'vitest'
import { draftOf, temporaryFolder } from './support/temporary.ts'

/** Another process that opens the log, appends one message, and stays. Resolves with what it says first. */
async function otherProcess(path: string): Promise<{ child: ChildProcess; said: string }> {
  const program = `
    import { sqliteLog } from '@hubbub/hub/sqlite'
    try {
      const log = sqliteLog({ path: ${JSON.stringify(path)} })
      const author = { id: 'u', name: 'U', kind: 'user' }
      await log.append('r', [{ id: 'theirs', text: 'x', author }])
      console.log('open')
      setInterval(() => {}, 60_000)
    } catch (error) {
      console.log(error.message)
    }`
  const args = ['--conditions=@hubbub/source', '--input-type=module', '--eval', program]
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: import.meta.dirname,
  })
  const [said] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
  return { child, said: said.trim() }
}

/** What can be seen of a room in one life of the log. */
async function glance(options: SqliteLogOptions) {
  const log = sqliteLog(options)
  const { epoch, seq } = await log.read('r', { limit: 0 })
  await log.close()
  return { epoch, seq }
}

it('has the file alone: another process is told so, and has it after a kill -9, with all that was answered', async () => {
  using folder = temporaryFolder()
  const path = folder.file('chat.db')
  const first = await otherProcess(path)
  expect(first.said).toBe('open')
  const refused = `message log ${path}: is in use; a SQLite log serves one process at a time`
  expect(() => sqliteLog({ path })).toThrow(refused)
  const second = await otherProcess(path)
  expect(second.said).toBe(refused)
  first.child.kill('SIGKILL')
  await once(first.child, 'close')
  const log = sqliteLog({ path })
  expect(() => sqliteLog({ path })).toThrow(refused)
  expect(await log.read('r', { limit: 10 })).toMatchObject({ messages: [{ id: 'theirs', seq: 1 }] })
  await log.close()
})

it('refuses a file that is no database, one of another program, and one of a newer version, and leaves them alone', () => {
  using folder = temporaryFolder()
  const text = folder.file('notes.txt')
  writeFileSync(text, 'no database at all\n'.repeat(100))
  expect(() => sqliteLog({ path: text })).toThrow(`${text}: is not a SQLite database`)
  expect(readFileSync(text, 'utf8')).toContain('no database')

  const foreign = folder.file('foreign.db')
  const theirs = new DatabaseSync(foreign)
  theirs.exec('CREATE TABLE messages (mine TEXT)')
  theirs.close()
  expect(() => sqliteLog({ path: foreign })).toThrow(`${foreign}: is a database of something else`)

  const newer = folder.file('newer.db')
  void sqliteLog({ path: newer }).close()
  const future = new DatabaseSync(newer)
  future.exec('PRAGMA user_version = 7')
  future.close()
  expect(() => sqliteLog({ path: newer })).toThrow(
    `${newer}: was written by a newer version (schema 7, this one knows 1)`,
  )
  expect(() => sqliteLog({ path: folder.file('no/such/folder.db') })).toThrow('cannot be opened; its folder')
  mkdirSync(folder.file('folder'))
  expect(() => sqliteLog({ path: folder.file('folder') })).toThrow('cannot be opened')
})

it('begins new epochs where the machine stopped while the log was open, and only there', async () => {
  using folder = temporaryFolder()
  const path = folder.file('chat.db')
  const log = sqliteLog({ path })
  await log.append('r', [draftOf('1')])
  const { epoch } = await log.read('r', { limit: 0 })
  await log.close()
  const mark = (boot: string): void => {
    const db = new DatabaseSync(path)
    db.prepare(`REPLACE INTO facts VALUES ('unsynced', ?)`).run(boot)
    db.close()
  }
  expect(await glance({ path })).toEqual({ epoch, seq: 1 })
  mark('another start of this machine')
  const after = await glance({ path })
  expect(after.seq).toBe(1)
  expect(after.epoch).not.toBe(epoch)
  expect(await glance({ path })).toEqual(after)
  expect(await glance({ path, synchronous: 'full' })).toEqual(after)
})

it('knows a process that was killed from a machine that stopped', async () => {
  using folder = temporaryFolder()
  const path = folder.file('chat.db')
  const epochs = new Set<string>()
  for (let life = 0; life < 2; life += 1) {
    const { child } = await otherProcess(path)
    child.kill('SIGKILL')
    await once(child, 'close')
    epochs.add((await glance({ path })).epoch)
  }
  expect(epochs.size).toBe(1)
})

it('begins new epochs where the operator says that a backup was put back', async () => {
  using folder = temporaryFolder()
  const path = folder.file('chat.db')
  const log = sqliteLog({ path })
  await log.append('r', [draftOf('1')])
  expect(() => {
    markRestored(path)
  }).toThrow('is in use')
  await log.close()
  const before = await glance({ path })
  markRestored(path)
  const after = await glance({ path })
  expect(after.seq).toBe(1)
  expect(after.epoch).not.toBe(before.epoch)
})
