import { createHub, type Hub, memoryLog, type MessageLog, secret, systemClock } from '@hubbub/hub'
import { expect, it } from 'vitest'
import { Peer } from './support/peer.ts'
import { virtualHub } from './support/virtual-hub.ts'

async function fill(hub: Hub, from: number, to: number, size = 1): Promise<void> {
  for (let n = from; n <= to; n += 1)
    await hub.post({
      room: 'general',
      id: `b${n}`,
      text: `${n}`.padEnd(size, 'x'),
      author: { id: 'bot:b', name: 'b', kind: 'bot' },
    })
}

const seqs = (messages: readonly { readonly seq: number }[]) => messages.map(({ seq }) => seq)
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

it('gives the last 50 messages to somebody who joins without saying where they were', async () => {
  await using hub = createHub()
  await fill(hub, 1, 60)
  const joined = await new Peer(hub).enter('Ann')
  expect(joined).toMatchObject({ seq: 60, recovered: false })
  expect(joined.reason).toBeUndefined()
  expect(seqs(joined.messages)).toEqual(range(11, 60))
})

it('gives everything behind `after`, and says that this is all', async () => {
  await using hub = createHub()
  await fill(hub, 1, 10)
  const { epoch } = await new Peer(hub).enter('Ann')
  await fill(hub, 11, 400)
  const joined = await new Peer(hub).enter('Bob', 'general', { after: { epoch, seq: 10 } })
  expect(joined).toMatchObject({ recovered: true, seq: 400, epoch })
  expect(seqs(joined.messages)).toEqual(range(11, 400))
})

it('recovers a client that joined the room before its first message', async () => {
  await using hub = createHub()
  const { epoch, seq } = await new Peer(hub).enter('Ann')
  expect(seq).toBe(0)
  await fill(hub, 1, 3)
  const joined = await new Peer(hub).enter('Bob', 'general', { after: { epoch, seq } })
  expect(joined).toMatchObject({ recovered: true, seq: 3 })
})

it.each([
  ['epoch', { after: { epoch: 'another', seq: 5 } }],
  ['ahead', { after: { seq: 2_001 } }],
  ['trimmed', { after: { seq: 999 } }],
  ['too-far', { after: { seq: 1_000 } }],
])('says %s where it cannot give everything, and gives the last 50', async (reason, { after }) => {
  await using hub = createHub({ limits: { recoveryMessages: 999 } })
  await fill(hub, 1, 2_000)
  const { epoch } = await new Peer(hub).enter('Ann')
  const joined = await new Peer(hub).enter('Bob', 'general', { after: { epoch, ...after } })
  expect(joined).toMatchObject({ recovered: false, reason, seq: 2_000 })
  expect(seqs(joined.messages)).toEqual(range(1_951, 2_000))
})

it('never gives more on recovery than three quarters of what a client may be owed', async () => {
  await using hub = createHub({ limits: { outboxBytes: 100_000 } })
  const { epoch, seq } = await new Peer(hub).enter('Ann')
  await fill(hub, 1, 100, 4_000)
  const far = await new Peer(hub).enter('Bob', 'general', { after: { epoch, seq } })
  expect(far).toMatchObject({ recovered: false, reason: 'too-far' })
})

it('is idempotent: joining again answers a fresh joined, and every message is still shown once', async () => {
  await using hub = createHub()
  const ann = new Peer(hub)
  const { epoch } = await ann.enter('Ann')
  await fill(hub, 1, 2)
  ann.send({ type: 'join', id: 'again', room: 'general', after: { epoch, seq: 1 } })
  await fill(hub, 3, 3)
  const again = await ann.next('joined', 2)
  await ann.until(() =>
    again.seq + ann.of('message').filter(({ seq }) => seq > again.seq).length >= 3 ? true : undefined,
  )
  expect(again.recovered).toBe(true)
  expect(hub.stats().sessions).toBe(1)
  await fill(hub, 4, 4)
  await ann.until(() => ann.of('message').find(({ seq }) => seq === 4))
  expect(ann.of('message').filter(({ seq }) => seq === 4)).toHaveLength(1)
})

it('refuses a join while the log does not answer, and leaves nothing of it behind', async () => {
  const inner = memoryLog({ clock: systemClock, secret })
  const log: MessageLog = { ...inner, read: () => Promise.reject(new Error('disk')) }
  await using hub = createHub({ log })
  const ann = new Peer(hub)
  ann.send({ type: 'hello', id: 'h', name: 'Ann' }, { type: 'join', id: 'j', room: 'general' })
  expect(await ann.answer('j')).toMatchObject({ type: 'error', code: 'unavailable' })
  expect(hub.stats().rooms).toBe(0)
})

it('lets one connection join no more rooms than the limit', async () => {
  await using hub = createHub({ limits: { roomsPerSession: 2 } })
  const ann = new Peer(hub)
  await ann.enter('Ann')
  ann.send({ type: 'join', id: '2', room: 'two' }, { type: 'join', id: '3', room: 'three' })
  expect(await ann.answer('3')).toMatchObject({ code: 'forbidden', field: 'room' })
})

it('goes on behind a reset when the log has begun anew', async () => {
  let inner = memoryLog({ clock: systemClock, secret })
  const log: MessageLog = {
    ...inner,
    append: (room, drafts) => inner.append(room, drafts),
    read: (room, wanted) => inner.read(room, wanted),
  }
  await using hub = createHub({ log })
  const ann = new Peer(hub)
  await ann.enter('Ann')
  await fill(hub, 1, 3)
  inner = memoryLog({ clock: systemClock, secret })
  await fill(hub, 4, 5)
  await ann.next('message', 5)
  const kinds = ann.frames.filter(({ type }) => type === 'message' || type === 'reset')
  expect(kinds.map(frame => [frame.type, 'seq' in frame ? frame.seq : 0])).toEqual([
    ['message', 1],
    ['message', 2],
    ['message', 3],
    ['reset', 0],
    ['message', 1],
    ['message', 2],
  ])
})

// A memory log under pressure evicts rooms. Once, nobody could join such a room while somebody was in it.
it('lets people join a room that the log has evicted, and tells those who are in it', async () => {
  const log = memoryLog({ clock: systemClock, secret, bytes: 20_000 })
  await using hub = createHub({ log })
  const lurker = new Peer(hub)
  await lurker.enter('Lurker')
  await fill(hub, 1, 2)
  await lurker.next('message', 2)
  for (let n = 0; n < 20; n += 1)
    await log.append(`other-${n}`, [
      { id: 'x', text: 'x'.repeat(2_000), author: { id: 'u', name: 'u', kind: 'user' } },
    ])
  const joined = await new Peer(hub).enter('Ann')
  expect(joined.seq).toBe(0)
  expect(await lurker.next('reset')).toMatchObject({ epoch: joined.epoch, seq: 0, reason: 'epoch' })
  await fill(hub, 3, 3)
  expect(await lurker.next('message', 3)).toMatchObject({ seq: 1 })
})

it('finds out by itself that the log has begun anew', async () => {
  await using setup = virtualHub()
  const { clock } = setup
  let inner = memoryLog({ clock, secret })
  const log: MessageLog = {
    ...inner,
    append: (room, drafts) => inner.append(room, drafts),
    read: (room, wanted) => inner.read(room, wanted),
    positions: rooms => inner.positions(rooms),
  }
  const hub = createHub({ log, clock })
  const ann = new Peer(hub)
  await ann.enter('Ann')
  inner = memoryLog({ clock, secret })
  await clock.advance(7_500)
  expect(await ann.next('reset')).toMatchObject({ seq: 0 })
  await hub.close({ windowMs: 0 })
  expect(clock.pending).toBe(0)
})

it('answers as fast as the client reads: pipelined joins of fat rooms do not end the connection', async () => {
  await using hub = createHub({ limits: { outboxBytes: 300_000 } })
  for (let room = 0; room < 6; room += 1)
    for (let n = 0; n < 50; n += 1)
      await hub.post({
        room: `fat-${room}`,
        id: `${n}`,
        text: 'x'.repeat(4_000),
        author: { id: 'bot:b', name: 'b', kind: 'bot' },
      })
  const ann = new Peer(hub)
  ann.send({ type: 'hello', id: 'h', name: 'Ann' })
  for (let room = 0; room < 6; room += 1) ann.send({ type: 'join', id: `${room}`, room: `fat-${room}` })
  await ann.next('joined', 6)
  expect(ann.closed).toBeUndefined()
})

/** A log of which the next read that is asked for hangs, and then answers with what was there when it was asked. */
function hangingRead() {
  const inner = memoryLog({ clock: systemClock, secret })
  const asked = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  let hanging = false
  const log: MessageLog = {
    ...inner,
    async read(room, wanted) {
      const page = await inner.read(room, wanted)
      if (!hanging) return page
      hanging = false
      asked.resolve()
      await gate.promise
      return page
    },
  }
  const hang = (): void => {
    hanging = true
  }
  return { log, hang, asked: asked.promise, goOn: gate.resolve }
}

// What came live while a join read the log was kept without a bound, and then was more than anybody may be owed.
it('holds back no more than may be owed while a join reads the log, and reads the rest', async () => {
  const { log, hang, asked, goOn } = hangingRead()
  await using hub = createHub({ log, limits: { outboxFrames: 64 } })
  const bob = new Peer(hub)
  await bob.enter('Bob')
  await fill(hub, 1, 10)
  await bob.next('message', 10)
  hang()
  const ann = new Peer(hub)
  ann.send({ type: 'hello', id: 'h', name: 'Ann' }, { type: 'join', id: 'j', room: 'general', last: 200 })
  await asked
  await fill(hub, 11, 150)
  await bob.next('message', 150)
  goOn()
  const { messages, seq } = await ann.next('joined')
  await ann.until(() => (seq + ann.of('message').length === 150 ? true : undefined))
  expect(seqs([...messages, ...ann.of('message')])).toEqual(range(1, 150))
  expect(ann.closed).toBeUndefined()
})

it('gives whoever joins again what they could be owed before the log has answered', async () => {
  const { log, hang, asked, goOn } = hangingRead()
  await using hub = createHub({ log, limits: { outboxFrames: 64 } })
  const [ann, bob] = [new Peer(hub), new Peer(hub)]
  await ann.enter('Ann')
  await bob.enter('Bob')
  hang()
  ann.send({ type: 'join', id: 'again', room: 'general', last: 200 })
  await asked
  await fill(hub, 1, 150)
  await bob.next('message', 150)
  const early = ann.of('message')
  expect(early.length).toBeGreaterThan(0)
  goOn()
  const { messages, seq } = await ann.next('joined', 2)
  expect(seqs(messages)).toEqual(range(1, seq))
  await fill(hub, 151, 151)
  await ann.until(() => ann.of('message').find(message => message.seq === 151))
  const live = ann.of('message').slice(early.length)
  expect(seqs([...early, ...live])).toEqual([...range(1, early.length), ...range(seq + 1, 151)])
  expect(seq).toBeGreaterThanOrEqual(early.length)
})

// Whoever left was given all that was on its way to the room at once, and closed as too slow where that was a burst.
it('lets somebody leave in the midst of a burst', async () => {
  await using hub = createHub({ limits: { outboxFrames: 40 } })
  const ann = new Peer(hub)
  await ann.enter('Ann')
  const burst = fill(hub, 1, 100)
  ann.send({ type: 'leave', id: 'l', room: 'general' })
  expect(await ann.answer('l')).toMatchObject({ type: 'left' })
  const given = seqs(ann.of('message'))
  expect(given).toEqual(range(1, given.length))
  await burst
})

it('gives somebody who leaves what was on its way to them first', async () => {
  await using hub = createHub()
  const ann = new Peer(hub)
  await ann.enter('Ann')
  ann.send(
    { type: 'publish', id: 'm', room: 'general', text: 'x' },
    { type: 'leave', id: 'l', room: 'general' },
  )
  await ann.next('left')
  expect(ann.frames.map(({ type }) => type).filter(type => type !== 'presence')).toEqual([
    'welcome',
    'joined',
    'ack',
    'message',
    'left',
  ])
})
