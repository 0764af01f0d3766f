import { createHub, memoryLog, secret, systemClock } from '@hubbub/hub'
import { expect, it } from 'vitest'
import { Peer } from '../support/peer.ts'
import { Inbox, reached, RealClient } from './support/real.ts'
import { firstViolation } from './support/reader.ts'

it('chats with another client of the same hub', async () => {
  await using hub = createHub()
  await using ann = new RealClient(hub)
  await using bob = new RealClient(hub, { name: 'Bob' })
  const here = ann.client.join('general')
  const there = bob.client.join('general')
  const inbox = new Inbox(there)
  await Promise.all([here.ready, there.ready])
  await expect(here.publish('hello')).resolves.toMatchObject({ kind: 'message', seq: 1 })
  await inbox.until('hello')
  expect(inbox.deliveries).toMatchObject([{ message: { author: { id: 'guest:ann', name: 'Ann' }, seq: 1 } }])
  await expect(ann.client.rooms()).resolves.toEqual([{ name: 'general', count: 2 }])
  expect(there.members.map(({ name }) => name).toSorted()).toEqual(['Ann', 'Bob'])
  const typing = Promise.withResolvers<string>()
  there.on('typing', ({ name }) => {
    typing.resolve(name)
  })
  here.typing()
  expect(await typing.promise).toBe('Ann')
})

it('misses nothing over a cut, keeps its session, and its own words land once', async () => {
  await using hub = createHub()
  await using ann = new RealClient(hub)
  await using bob = new RealClient(hub, { name: 'Bob' })
  const here = ann.client.join('general')
  const there = bob.client.join('general')
  const inbox = new Inbox(here)
  await Promise.all([here.ready, there.ready])
  await there.publish('before')
  await inbox.until('before')
  const underWay = here.publish('under way')
  ann.cut()
  await reached(ann.client, 'waiting')
  const offline = [here.publish('first words'), here.publish('last words')]
  await there.publish('meanwhile')
  await Promise.all([underWay, ...offline])
  await inbox.until('last words')
  expect(ann.client.state).toMatchObject({ status: 'online', resumed: true })
  expect(inbox.lines.toSorted()).toEqual(
    ['before', 'first words', 'last words', 'meanwhile', 'under way'].toSorted(),
  )
  expect(firstViolation(inbox.deliveries)).toBeUndefined()
  expect(inbox.lines.indexOf('under way')).toBeLessThan(inbox.lines.indexOf('first words'))
})

it('tells of a hole when the history ended with its process', async () => {
  const old = createHub()
  await using ann = new RealClient(old)
  const room = ann.client.join('general')
  const inbox = new Inbox(room)
  await room.publish('old times')
  await using young = createHub()
  ann.hub = young
  await old.close({ windowMs: 0 })
  await room.publish('new times')
  await inbox.until('new times')
  expect(inbox.lines).toEqual(['old times', 'reset', 'new times'])
  expect(inbox.deliveries[1]).toMatchObject({ kind: 'reset', seq: 0, reason: 'epoch' })
})

it('goes from one node to the next through a drain, without a hole', async () => {
  const log = memoryLog({ clock: systemClock, secret })
  const first = createHub({ log })
  await using second = createHub({ log })
  await using ann = new RealClient(first)
  const room = ann.client.join('general')
  const inbox = new Inbox(room)
  for (let n = 1; n <= 5; n += 1) await room.publish(`${n}`)
  const online = reached(ann.client, 'waiting').then(() => reached(ann.client, 'online'))
  ann.hub = second
  const closed = first.close({ windowMs: 0 })
  const receipts = [6, 7, 8].map(n => room.publish(`${n}`))
  await Promise.all([closed, online, ...receipts])
  await inbox.until('8')
  expect(inbox.lines).toEqual(['1', '2', '3', '4', '5', '6', '7', '8'])
})

it('publishes a full queue in order, past the number of frames that a session may have waiting', async () => {
  await using hub = createHub()
  await using ann = new RealClient(hub)
  const room = ann.client.join('general', { last: 0 })
  const inbox = new Inbox(room)
  const texts = Array.from({ length: 200 }, (_, index) => `${index + 1}`)
  await Promise.all(texts.map(text => room.publish(text)))
  const live = Array.from({ length: 200 }, (_, index) => `${index + 201}`)
  await Promise.all(live.map(text => room.publish(text)))
  await inbox.until('400')
  expect(inbox.lines).toEqual([...texts, ...live])
})

it('takes another name where its own is taken, and is told where it has no other', async () => {
  await using hub = createHub()
  await using ann = new RealClient(hub)
  await ann.client.ready
  await using second = new RealClient(hub, { onNameTaken: (name, attempt) => `${name}-${attempt + 1}` })
  await expect(second.client.ready).resolves.toEqual({ id: 'guest:ann-2', name: 'Ann-2' })
  await using third = new RealClient(hub)
  await expect(third.client.ready).rejects.toMatchObject({ code: 'forbidden', field: 'name' })
  expect(third.client.state).toMatchObject({ status: 'closed', code: 4403 })
})

it('reads back through the history, page by page', async () => {
  await using hub = createHub()
  await using ann = new RealClient(hub)
  const room = ann.client.join('general')
  for (let n = 1; n <= 25; n += 1) await room.publish(`${n}`)
  const newest = await room.history({ limit: 20 })
  expect(newest).toMatchObject({ complete: false })
  const oldest = await room.history({ limit: 20, before: newest.messages[0]?.seq ?? 0 })
  expect(oldest).toMatchObject({ complete: true })
  expect([...oldest.messages, ...newest.messages].map(({ text }) => Number(text))).toEqual(
    Array.from({ length: 25 }, (_, index) => index + 1),
  )
})

it('is told why it may not enter a room', async () => {
  await using hub = createHub({ rooms: ['general'] })
  await using ann = new RealClient(hub)
  await expect(ann.client.join('cellar').ready).rejects.toMatchObject({ code: 'not-found', field: 'room' })
  await expect(ann.client.join('no such name!').ready).rejects.toMatchObject({
    code: 'bad-request',
    field: 'room',
  })
})

it('gives way for good when its session is opened elsewhere', async () => {
  await using hub = createHub()
  await using ann = new RealClient(hub)
  await ann.client.ready
  const state = ann.client.state
  const session = state.status === 'online' ? state.session : ''
  new Peer(hub).send({ type: 'hello', id: 'h', session })
  expect(await reached(ann.client, 'closed')).toMatchObject({ code: 4409 })
})

it('leaves nothing with the hub when it is closed', async () => {
  await using hub = createHub()
  const ann = new RealClient(hub)
  await ann.client.join('general').ready
  await ann.client.close()
  expect(hub.stats()).toMatchObject({ sessions: 0, identities: 0, rooms: 0 })
})
