import { type Draft, memoryLog, type MessageLog, secret, systemClock } from '@hubbub/hub'
import { expect, it } from 'vitest'

const draft = (id: string, author = 'u', text = 'x'): Draft => ({
  id,
  text,
  author: { id: author, name: author, kind: 'user' },
})

function setUp(options: { messagesPerRoom?: number; bytes?: number; dedupeMs?: number } = {}) {
  let now = 1_000
  const clock = { ...systemClock, now: () => now }
  const log = memoryLog({ clock, secret, ...options })
  return {
    log,
    at: (time: number) => {
      now = time
    },
    append: async (...drafts: Draft[]) => log.append('r', drafts),
    read: async (wanted: Parameters<typeof log.read>[1]) => log.read('r', wanted),
  }
}

it('numbers from 1, and its times never go back', async () => {
  const { append, at } = setUp()
  expect(await append(draft('a'))).toMatchObject([{ seq: 1, at: 1_000, duplicate: false }])
  at(500)
  expect(await append(draft('b'), draft('c'))).toMatchObject([
    { seq: 2, at: 1_000, duplicate: false },
    { seq: 3, at: 1_000, duplicate: false },
  ])
})

it('knows a message again by room, author and id', async () => {
  const { append } = setUp()
  await append(draft('a'))
  expect(await append(draft('a'), draft('a', 'other'))).toMatchObject([
    { seq: 1, duplicate: true },
    { seq: 2, duplicate: false },
  ])
})

it('knows an id for 10 minutes although its message is gone, and then forgets it', async () => {
  const { append, at } = setUp({ messagesPerRoom: 2 })
  for (const id of ['a', 'b', 'c', 'd', 'e']) await append(draft(id))
  expect(await append(draft('a'))).toMatchObject([{ seq: 1, duplicate: true }])
  at(601_001)
  await append(draft('f'))
  expect(await append(draft('a'))).toMatchObject([{ seq: 7, duplicate: false }])
  expect(await append(draft('f'))).toMatchObject([{ seq: 6, duplicate: true }])
})

it('keeps the newest messages, and says which is the oldest', async () => {
  const { append, read } = setUp({ messagesPerRoom: 3 })
  for (let n = 1; n <= 10; n += 1) await append(draft(`${n}`))
  expect(await read({ limit: 100 })).toMatchObject({
    seq: 10,
    oldest: 8,
    messages: [{ seq: 8 }, { seq: 9 }, { seq: 10 }],
  })
  expect(await read({ after: 8, limit: 1 })).toMatchObject({ messages: [{ seq: 9 }] })
  expect(await read({ before: 10, limit: 1 })).toMatchObject({ messages: [{ seq: 9 }] })
  expect(await read({ before: 3, limit: 5 })).toMatchObject({ messages: [] })
  expect((await read({ after: 10, limit: 5 })).messages).toEqual([])
})

it('settles the epoch of a room when it is first asked for', async () => {
  const { log, append, read } = setUp()
  const [before] = await log.positions(['r'])
  await append(draft('a'))
  expect(await read({ limit: 1 })).toMatchObject({ epoch: before?.epoch })
  const [other] = await log.positions(['s'])
  expect(other?.epoch).not.toBe(before?.epoch)
})

it('stays within its memory: the rooms unused for longest go, and come back with another epoch', async () => {
  const { log } = setUp({ bytes: 200_000 })
  const [first] = await log.positions(['room-0'])
  for (let n = 0; n < 40; n += 1) await log.append(`room-${n}`, [draft('a', 'u', 'x'.repeat(4_000))])
  const {
    messages: [last],
  } = await log.read('room-39', { limit: 1 })
  expect(last?.seq).toBe(1)
  const [again] = await log.positions(['room-0'])
  expect(again?.seq).toBe(0)
  expect(again?.epoch).not.toBe(first?.epoch)
})

const TEXT = 'x'.repeat(4_000)

async function isThere(log: MessageLog, epoch: string | undefined): Promise<boolean> {
  const [now] = await log.positions(['quiet'])
  return now?.epoch === epoch && now?.seq === 1
}

// A text was counted until its id was forgotten, 10 minutes later, although it was cut long before. A room with steady
// traffic pushed the history of all others out while most of the memory was free.
it('counts what it keeps: a busy room pushes no other out by what it has let go', async () => {
  const { log, append, at } = setUp({ bytes: 1_000_000, messagesPerRoom: 10 })
  await log.append('quiet', [draft('precious')])
  const [before] = await log.positions(['quiet'])
  for (let n = 1; n <= 1_000; n += 1) {
    at(n * 500)
    await append(draft(`${n}`, 'u', TEXT))
  }
  expect(await isThere(log, before?.epoch)).toBe(true)
  expect(await append(draft('1', 'u', TEXT))).toMatchObject([{ seq: 1, duplicate: true }])
})

it('forgets ids of the busy room, whose messages are gone, before it lets another room go', async () => {
  const { log, append } = setUp({ bytes: 200_000, messagesPerRoom: 10 })
  await log.append('quiet', [draft('precious')])
  const [before] = await log.positions(['quiet'])
  for (let n = 1; n <= 2_000; n += 1) await append(draft(`${n}`))
  expect(await isThere(log, before?.epoch)).toBe(true)
  expect(await append(draft('1'), draft('2000'))).toMatchObject([{ seq: 2_001 }, { seq: 2_000 }])
})

it('stays within its memory in one room alone: the oldest messages go', async () => {
  const { log, append, read } = setUp({ bytes: 200_000, messagesPerRoom: 1_000 })
  const [before] = await log.positions(['r'])
  for (let n = 1; n <= 100; n += 1) await append(draft(`${n}`, 'u', TEXT))
  const { epoch, seq, oldest, messages } = await read({ limit: 1_000 })
  expect({ epoch, seq, oldest }).toEqual({ epoch: before?.epoch, seq: 100, oldest: 101 - messages.length })
  expect(messages.length).toBeGreaterThan(10)
  expect(messages.length * 2 * TEXT.length).toBeLessThan(200_000)
  expect(await read({ after: 0, limit: 1 })).toMatchObject({ messages: [{ seq: oldest }] })
  expect(await append(draft('100'), draft('last'))).toMatchObject([{ duplicate: true }, { seq: 101 }])
})
