import { memoryLog, type MessageLog, type Page, secret } from '@hubbub/hub'
import { VirtualClock } from '@hubbub/hub/testing'
import { expect, it } from 'vitest'
import { Peer } from './support/peer.ts'
import { virtualHub } from './support/virtual-hub.ts'

const LOG_MS = 1_000
const ids = (peer: Peer) => peer.of('message').map(({ id }) => id)
const named = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}${n + 1}`)

/** A log that takes every append at the call, and answers by hand. Counts what is read behind a place. */
function setUp() {
  const clock = new VirtualClock()
  const inner = memoryLog({ clock, secret })
  const answers = new Map<string, { give: () => void; lose: () => void }>()
  let reads = 0
  const log: MessageLog = {
    ...inner,
    append(room, drafts) {
      const appended = inner.append(room, drafts)
      const { promise, resolve, reject } = Promise.withResolvers<Awaited<typeof appended>>()
      const lose = (): void => {
        reject(new Error('the connection is gone'))
      }
      answers.set(drafts[0]?.id ?? '', { give: () => resolve(appended), lose })
      return promise
    },
    read(room, range): Page | Promise<Page> {
      if ('after' in range) reads += 1
      return inner.read(room, range)
    },
  }
  const { hub } = virtualHub({ clock, log, limits: { logMs: LOG_MS, heartbeatMs: 1e6, writeMs: 1e6 } })
  return {
    clock,
    answers,
    reads: () => reads,
    peer: () => new Peer(hub),
    post: (id: string) => {
      hub
        .post({ room: 'general', id, text: id, author: { id: 'bot:b', name: 'b', kind: 'bot' } })
        .catch(() => {})
    },
    async [Symbol.asyncDispose]() {
      for (const { give } of answers.values()) give()
      await hub.close({ windowMs: 0 })
    },
  }
}

// What was missing was read only in a moment in which no append was under way. In a room with steady traffic there was
// none: after one lost answer nobody was shown anything, and all that came was kept in memory.
it('goes on after a lost answer although there is always an append under way', async () => {
  await using log = setUp()
  const ann = log.peer()
  await ann.enter('Ann')
  log.post('lost')
  for (const id of named('m', 20)) {
    log.post(id)
    log.post(`${id}-next`)
    if (id === 'm5') log.answers.get('lost')?.lose()
    log.answers.get(id)?.give()
    if (id !== 'm20') log.answers.get(`${id}-next`)?.give()
  }
  await ann.next('message', 40)
  expect(ids(ann).slice(0, 3)).toEqual(['lost', 'm1', 'm1-next'])
  expect(log.reads()).toBeLessThan(5)
})

it('waits with a read for what was called before, and no longer', async () => {
  await using log = setUp()
  const ann = log.peer()
  await ann.enter('Ann')
  for (const id of ['a', 'lost', 'c', 'd', 'e']) log.post(id)
  log.answers.get('lost')?.lose()
  log.answers.get('d')?.give()
  await log.clock.settle()
  expect(log.reads()).toBe(0)
  log.answers.get('a')?.give()
  await ann.next('message')
  expect(log.reads()).toBe(0)
  log.answers.get('c')?.give()
  await ann.next('message', 4)
  expect(ids(ann)).toEqual(['a', 'lost', 'c', 'd', 'e'].slice(0, ann.of('message').length))
  expect(log.reads()).toBe(1)
})

it('reads from the log what waits behind an answer that is very late', async () => {
  await using log = setUp()
  const ann = log.peer()
  await ann.enter('Ann')
  log.post('late')
  for (const id of named('m', 300)) {
    log.post(id)
    log.answers.get(id)?.give()
  }
  await ann.next('message', 301)
  expect(ids(ann)).toEqual(['late', ...named('m', 300)])
})

it('shows a message whose answer was lost as soon as a retry is told where it is', async () => {
  await using log = setUp()
  const ann = log.peer()
  await ann.enter('Ann')
  log.post('m')
  log.answers.get('m')?.lose()
  await log.clock.settle()
  log.post('m')
  log.answers.get('m')?.give()
  await ann.next('message')
  expect(ids(ann)).toEqual(['m'])
})

// A room was not compared with the log while an append was under way.
it('finds by comparing what it misses, also while an append is under way', async () => {
  await using log = setUp()
  const ann = log.peer()
  await ann.enter('Ann')
  log.post('lost')
  log.answers.get('lost')?.lose()
  for (let ms = 0; ms < 7_500; ms += LOG_MS / 2) {
    log.post(`under-way-${ms}`)
    await log.clock.advance(LOG_MS / 2)
  }
  await ann.next('message')
  expect(ids(ann)[0]).toBe('lost')
})
