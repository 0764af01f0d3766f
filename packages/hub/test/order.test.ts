import { createHub, memoryLog, type MessageLog, secret, systemClock } from '@hubbub/hub'
import { expect, it } from 'vitest'
import { Peer } from './support/peer.ts'

it('numbers the messages of a room from 1 without a hole, and shows them to everybody in that order', async () => {
  await using hub = createHub()
  const people = ['Ann', 'Bob', 'Cy'].map(() => new Peer(hub))
  for (const [index, peer] of people.entries()) await peer.enter(`user-${index}`)
  for (let n = 0; n < 30; n += 1)
    people[n % 3]?.send({ type: 'publish', id: `m${n}`, room: 'general', text: `text ${n}` })
  for (const peer of people) {
    await peer.next('message', 30)
    expect(peer.of('message').map(({ seq }) => seq)).toEqual(
      Array.from({ length: 30 }, (_, index) => index + 1),
    )
  }
  const [first, ...others] = people.map(peer => peer.of('message').map(({ id }) => id))
  for (const other of others) expect(other).toEqual(first)
})

it('acks a publish before its sender sees the message', async () => {
  await using hub = createHub()
  const ann = new Peer(hub)
  await ann.enter('Ann')
  ann.send({ type: 'publish', id: 'm', room: 'general', text: 'hi' })
  await ann.next('message')
  const kinds = ann.frames.map(({ type }) => type)
  expect(kinds.indexOf('ack')).toBeLessThan(kinds.indexOf('message'))
})

it('shows nothing of a room before its joined', async () => {
  await using hub = createHub()
  const ann = new Peer(hub)
  const bob = new Peer(hub)
  await ann.enter('Ann')
  bob.send({ type: 'hello', id: 'h', name: 'Bob' }, { type: 'join', id: 'j', room: 'general' })
  for (let n = 0; n < 10; n += 1) ann.send({ type: 'publish', id: `m${n}`, room: 'general', text: 'x' })
  await ann.next('message', 10)
  const joined = await bob.next('joined')
  await bob.until(() => (joined.seq + bob.of('message').length === 10 ? true : undefined))
  const [first, second] = bob.frames.map(({ type }) => type)
  expect([first, second]).toEqual(['welcome', 'joined'])
  const seen = [...joined.messages, ...bob.of('message')].map(({ seq }) => seq)
  expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
})

it('answers a publish that comes again with the first seq, and does not show it again', async () => {
  await using hub = createHub()
  const ann = new Peer(hub)
  await ann.enter('Ann')
  const publish = { type: 'publish', id: 'm', room: 'general', text: 'once' }
  ann.send(publish, publish, { type: 'publish', id: 'n', room: 'general', text: 'twice' }, publish)
  await ann.next('ack', 4)
  expect(ann.of('ack').map(({ id, seq }) => [id, seq])).toEqual([
    ['m', 1],
    ['m', 1],
    ['n', 2],
    ['m', 1],
  ])
  ann.send({ type: 'publish', id: 'last', room: 'general', text: 'last' })
  await ann.until(() => ann.of('message').find(({ id }) => id === 'last'))
  expect(ann.of('message').map(({ text }) => text)).toEqual(['once', 'twice', 'last'])
})

it('keeps one sender in line across the awaits of the middleware', async () => {
  const entered: string[] = []
  const first = Promise.withResolvers<void>()
  const gates = new Map<string, PromiseWithResolvers<void>>()
  const gate = (id: string) => {
    const found = gates.get(id) ?? Promise.withResolvers<void>()
    gates.set(id, found)
    return found
  }
  await using hub = createHub()
  hub.use(async ({ request }, next) => {
    if (request.type === 'publish') {
      entered.push(request.id)
      first.resolve()
      await gate(request.id).promise
    }
    await next()
  })
  const ann = new Peer(hub)
  await ann.enter('Ann')
  for (const id of ['1', '2', '3']) ann.send({ type: 'publish', id, room: 'general', text: id })
  gate('3').resolve()
  gate('2').resolve()
  await first.promise
  expect(entered).toEqual(['1'])
  gate('1').resolve()
  await ann.next('message', 3)
  expect(ann.of('message').map(({ text }) => text)).toEqual(['1', '2', '3'])
})

/** A log whose answers are given by hand; what is appended takes its place at once, as the contract says. */
function slowLog(): { log: MessageLog; answers: (() => void)[] } {
  const inner = memoryLog({ clock: systemClock, secret })
  const answers: (() => void)[] = []
  const log: MessageLog = {
    ...inner,
    append(room, drafts) {
      const appended = inner.append(room, drafts)
      const { promise, resolve } = Promise.withResolvers<Awaited<typeof appended>>()
      answers.push(() => resolve(appended))
      return promise
    },
  }
  return { log, answers }
}

it('shows messages in the order of the log although it answered in another', async () => {
  const { log, answers } = slowLog()
  await using hub = createHub({ log })
  const ann = new Peer(hub)
  await ann.enter('Ann')
  for (const id of ['1', '2', '3']) ann.send({ type: 'publish', id, room: 'general', text: id })
  await ann.send({ type: 'ping', id: 'p' }).next('pong')
  expect(answers).toHaveLength(3)
  for (const answer of answers.toReversed()) answer()
  await ann.next('message', 3)
  expect(ann.of('ack').map(({ id }) => id)).toEqual(['3', '2', '1'])
  expect(ann.of('message').map(({ id }) => id)).toEqual(['1', '2', '3'])
})

it('lets the frames behind a publish go on while the log has it in hand', async () => {
  const { log, answers } = slowLog()
  await using hub = createHub({ log })
  const ann = new Peer(hub)
  await ann.enter('Ann')
  ann.send({ type: 'publish', id: 'm', room: 'general', text: 'x' }, { type: 'ping', id: 'p' })
  await ann.next('pong')
  expect(ann.of('ack')).toEqual([])
  answers[0]?.()
  await ann.next('ack')
})

it('refuses the frames for which there is no room in the line, and closes a flood with 4429', async () => {
  const blocked = Promise.withResolvers<void>()
  await using hub = createHub({ limits: { inboundFrames: 4 } })
  hub.use(async ({ request }, next) => {
    if (request.type === 'publish') await blocked.promise
    await next()
  })
  const ann = new Peer(hub)
  await ann.enter('Ann')
  for (let n = 0; n < 7; n += 1) ann.send({ type: 'publish', id: `m${n}`, room: 'general', text: 'x' })
  const refused = await ann.next('error', 2)
  expect(refused).toMatchObject({ id: 'm6', code: 'rate-limited' })
  for (let n = 0; n < 100; n += 1) ann.send({ type: 'ping', id: `p${n}` })
  await expect(ann.end()).resolves.toMatchObject({ code: 4429 })
  blocked.resolve()
})
