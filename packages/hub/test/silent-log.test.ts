import { type Draft, memoryLog, type MessageLog, secret } from '@hubbub/hub'
import { VirtualClock } from '@hubbub/hub/testing'
import { expect, it } from 'vitest'
import { Peer } from './support/peer.ts'
import { virtualHub } from './support/virtual-hub.ts'

const LOG_MS = 1_000
/** Longer than it takes until the rooms are compared with the log. */
const COMPARED_MS = 7_500

const draft = (id: string): Draft => ({ id, author: { id: 'u', name: 'u', kind: 'user' }, text: id })

/** A memory log that never answers what `hangs` says it does not. */
function silentLog(hangs: (method: 'read' | 'positions', room: string) => boolean) {
  const clock = new VirtualClock()
  const inner = memoryLog({ clock, secret })
  const log: MessageLog = {
    ...inner,
    read: (room, range) => (hangs('read', room) ? new Promise(() => {}) : inner.read(room, range)),
    positions: rooms => (hangs('positions', '') ? new Promise(() => {}) : inner.positions(rooms)),
  }
  return { clock, inner, log, limits: { logMs: LOG_MS, heartbeatMs: 1_000_000, writeMs: 1_000_000 } }
}

// A question about the positions that was never answered was the last one: a room that had missed a message by then
// missed it until somebody wrote.
it('compares the rooms with the log again after it was asked in vain', async () => {
  let asked = 0
  const { inner, ...options } = silentLog(method => method === 'positions' && (asked += 1) === 1)
  await using setup = virtualHub(options)
  const { clock } = options
  const ann = new Peer(setup.hub)
  await ann.enter('Ann')
  await clock.advance(COMPARED_MS)
  await inner.append('general', [draft('missed')])
  await clock.advance(LOG_MS + COMPARED_MS)
  expect(await ann.next('message')).toMatchObject({ id: 'missed' })
})

// A read that was never answered was the last one of its room: what was missing then, and all that came later, was
// never shown.
it('reads a room again after it was asked in vain', async () => {
  let hanging = false
  const { inner, ...options } = silentLog(() => hanging)
  await using setup = virtualHub(options)
  const { clock } = options
  const ann = new Peer(setup.hub)
  await ann.enter('Ann')
  await inner.append('general', [draft('missed')])
  hanging = true
  await clock.advance(2 * COMPARED_MS)
  hanging = false
  ann.send({ type: 'publish', id: 'm', room: 'general', text: 'x' })
  await ann.next('message', 2)
  expect(ann.of('message').map(({ id }) => id)).toEqual(['missed', 'm'])
})

// The rooms were read one after another: behind one whose read hung, the others were not looked at.
it('compares a room although the reads of others hang', async () => {
  const { inner, ...options } = silentLog((method, room) => method === 'read' && room !== 'z' && reading)
  let reading = false
  await using setup = virtualHub(options)
  const { clock } = options
  const ann = new Peer(setup.hub)
  await ann.enter('Ann')
  const rooms = ['a', 'b', 'c', 'z']
  for (const room of rooms) ann.send({ type: 'join', id: room, room })
  await ann.answer('z')
  for (const room of rooms) await inner.append(room, [draft(`in-${room}`)])
  reading = true
  await clock.advance(COMPARED_MS)
  expect(await ann.next('message')).toMatchObject({ id: 'in-z' })
})

// The deadline of a read that hung outlived the hub by up to 5 s, and kept a process alive for as long.
it.each([
  { type: 'history', id: 'q', room: 'general' },
  { type: 'join', id: 'q', room: 'general' },
  { type: 'join', id: 'q', room: 'another' },
])('leaves no timer when it closes while the log is silent about a $type', async request => {
  let hanging = false
  const asked = Promise.withResolvers<void>()
  const { inner: _, ...options } = silentLog(() => {
    if (hanging) asked.resolve()
    return hanging
  })
  const { clock } = options
  const { hub } = virtualHub(options)
  const ann = new Peer(hub)
  await ann.enter('Ann')
  hanging = true
  ann.send(request)
  await asked.promise
  const closed = hub.close({ windowMs: 0, deadlineMs: 100 })
  await clock.advance(100)
  await closed
  expect(clock.pending).toBe(0)
})

it('leaves no timer when it closes while it compares the rooms', async () => {
  const { inner: _, ...options } = silentLog(method => method === 'positions')
  const { hub } = virtualHub(options)
  await new Peer(hub).enter('Ann')
  await options.clock.advance(6_000)
  await hub.close({ windowMs: 0 })
  expect(options.clock.pending).toBe(0)
})
