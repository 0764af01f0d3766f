import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { sqliteLog, type SqliteLogOptions } from '@hubbub/hub/sqlite'
import { VirtualClock } from '@hubbub/hub/testing'
import { expect, it } from 'vitest'
import { openDatabase } from '../../src/logs/sqlite/database.ts'
import { SqliteLog } from '../../src/logs/sqlite/log.ts'
import { resolveOptions } from '../../src/logs/sqlite/options.ts'
import { draftOf, draftsOf, temporaryFolder } from './support/temporary.ts'

/** A log whose turns end when the test says so, with its database in sight. */
function setUp(path: string, options: Partial<SqliteLogOptions> = {}) {
  const clock = new VirtualClock()
  const turns: (() => void)[] = []
  const scheduler = {
    defer(task: () => void) {
      turns.push(task)
      return () => {
        turns.splice(turns.indexOf(task), 1)
      }
    },
  }
  let db: DatabaseSync | undefined
  const log = new SqliteLog(resolveOptions({ path, clock, scheduler, ...options }), given => {
    const opened = openDatabase(given)
    ;({ db } = opened)
    return opened
  })
  return {
    log,
    clock,
    turns,
    endTurn: () => turns.shift()?.(),
    count: () => Number(db?.prepare('SELECT count(*) AS n FROM messages').get()?.['n']),
  }
}

/** The files that this process has open, where the system tells. */
function openFiles(): readonly string[] {
  const list = '/proc/self/fd'
  if (!existsSync(list)) return []
  return readdirSync(list).map(fd => {
    try {
      return readlinkSync(`${list}/${fd}`)
    } catch {
      // The one with which the list was read.
      return ''
    }
  })
}

/** Appends, and ends turns until all of it is answered. */
async function append({ log, endTurn, turns }: ReturnType<typeof setUp>, prefix: string, count: number) {
  const answer = log.append('r', draftsOf(prefix, count))
  while (turns.length > 0) endTurn()
  return answer
}

it('writes the appends of a turn together when it ends, and answers in the order of the calls', async () => {
  using folder = temporaryFolder()
  const { log, endTurn, turns, count } = setUp(folder.file('chat.db'))
  const answers: string[] = []
  const note = (name: string) => (): void => void answers.push(name)
  const calls = [
    log.append('r', [draftOf('1')]).then(note('first')),
    log.append('other', [draftOf('1')]).then(note('second')),
    log.append('r', [draftOf('2')]).then(note('third')),
  ]
  await Promise.resolve()
  expect(turns).toHaveLength(1)
  expect(openFiles().some(target => target.startsWith(folder.file('chat.db')))).toBe(
    existsSync('/proc/self/fd'),
  )
  expect(count()).toBe(0)
  expect(answers).toEqual([])
  endTurn()
  expect(count()).toBe(3)
  await Promise.all(calls)
  expect(answers).toEqual(['first', 'second', 'third'])
  expect(turns).toEqual([])
  log.close()
})

it('writes a flood in batches, so that others have their turn between them', async () => {
  using folder = temporaryFolder()
  const { log, endTurn, turns, count } = setUp(folder.file('chat.db'))
  const calls = draftsOf('a', 1_200).map(draft => log.append('r', [draft]))
  endTurn()
  expect(count()).toBe(500)
  endTurn()
  endTurn()
  const answers = await Promise.all(calls)
  expect(answers.map(([appended]) => appended?.seq)).toEqual(calls.map((_, i) => i + 1))
  expect(turns).toEqual([])
  log.close()
})

it('lets a draft that cannot be stored be the trouble of its own call only', async () => {
  using folder = temporaryFolder()
  const { log, endTurn } = setUp(folder.file('chat.db'))
  const bad = { ...draftOf('2'), text: undefined as unknown as string }
  const calls = Promise.allSettled([
    log.append('r', [draftOf('1')]),
    log.append('r', [bad]),
    log.append('r', [draftOf('3')]),
  ])
  endTurn()
  expect(await calls).toMatchObject([
    { value: [{ seq: 1 }] },
    { reason: { code: 'not-storable' } },
    { value: [{ seq: 2 }] },
  ])
  log.close()
})

it('deletes what the count has let go in small steps, once its ids may be forgotten', async () => {
  using folder = temporaryFolder()
  const set = setUp(folder.file('chat.db'), { retention: { messagesPerRoom: 10 } })
  const { log, clock, count } = set
  await append(set, 'a', 1_000)
  expect(log.read('r', { limit: 0 })).toMatchObject({ seq: 1_000, oldest: 991 })
  await clock.advance(590_000)
  expect(count()).toBe(1_000)
  const left: number[] = []
  for (let step = 0; step < 3_000 && left.at(-1) !== 10; step += 1) {
    await clock.advance(10)
    if (left.at(-1) !== count()) left.push(count())
  }
  expect(left).toEqual([1_000, 900, 800, 700, 600, 500, 400, 300, 200, 100, 10])
  expect(await append(set, 'a', 1)).toMatchObject([{ seq: 1_001, duplicate: false }])
  expect(log.read('r', { after: 0, limit: 1 })).toMatchObject({ oldest: 992, messages: [{ seq: 992 }] })
  log.close()
})

it('hides a message at the moment it is too old, and does not show it again when the clock goes back', async () => {
  using folder = temporaryFolder()
  const set = setUp(folder.file('chat.db'), { retention: { ageMs: 60_000 } })
  const { log, clock } = set
  for (let second = 0; second < 60; second += 1) {
    await append(set, `${second}-`, 1)
    await clock.advance(1_000)
  }
  expect(log.read('r', { limit: 1 })).toMatchObject({ seq: 60, oldest: 2 })
  await clock.advance(29_000)
  expect(log.read('r', { limit: 100 })).toMatchObject({ oldest: 31, messages: { length: 30 } })
  clock.setWallClock(clock.now() - 20_000)
  expect(log.read('r', { limit: 1 })).toMatchObject({ oldest: 31 })
  await clock.advance(200_000)
  expect(log.read('r', { limit: 100 })).toMatchObject({ seq: 60, oldest: 61, messages: [] })
  expect(await append(set, 'new', 1)).toMatchObject([{ seq: 61 }])
  log.close()
})

it('goes on counting after a restart where every message is gone', async () => {
  using folder = temporaryFolder()
  const path = folder.file('chat.db')
  const set = setUp(path, { retention: { ageMs: 1_000 }, dedupeMs: 0 })
  await append(set, 'a', 5)
  await set.clock.advance(30_000)
  expect(set.count()).toBe(0)
  set.log.close()
  const again = setUp(path)
  expect(again.log.read('r', { limit: 10 })).toMatchObject({ seq: 5, oldest: 6, messages: [] })
  expect(await append(again, 'b', 1)).toMatchObject([{ seq: 6 }])
  again.log.close()
})

it('answers what was appended when it closes, leaves nothing, and then says that it is closed', async () => {
  using folder = temporaryFolder()
  const path = folder.file('chat.db')
  const before = process.getActiveResourcesInfo().toSorted()
  const { log, clock, turns } = setUp(path, { retention: { messagesPerRoom: 10 } })
  const appended = log.append('r', [draftOf('1')])
  log.close()
  log.close()
  expect(await appended).toMatchObject([{ seq: 1 }])
  expect(clock.pending).toBe(0)
  expect(turns).toEqual([])
  expect(process.getActiveResourcesInfo().toSorted()).toEqual(before)
  expect(existsSync(`${path}-wal`)).toBe(false)
  expect(openFiles().filter(target => target.startsWith(path))).toEqual([])
  await expect(log.append('r', [draftOf('2')])).rejects.toMatchObject({ code: 'closed' })
  await expect(log.read('r', { limit: 1 })).rejects.toThrow(`${path}: is closed`)
  await expect(log.positions(['r'])).rejects.toMatchObject({ name: 'SqliteLogError' })
})

it.each([
  [{ path: '' }, 'path must name a file'],
  [{ path: ':memory:' }, 'path must name a file'],
  [{ retention: { messagesPerRoom: 0 } }, 'retention.messagesPerRoom must be an integer from 1, got 0'],
  [{ retention: { ageMs: Number.NaN } }, 'retention.ageMs must be a number above 0, got NaN'],
  [{ dedupeMs: -1 }, 'dedupeMs must be a number from 0, got -1'],
  [{ synchronous: 'off' as 'full' }, `synchronous must be 'normal' or 'full', got "off"`],
])('refuses %o', (options, message) => {
  expect(() => sqliteLog({ path: 'never-made.db', ...options })).toThrow(message)
})
