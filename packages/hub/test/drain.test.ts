import { createHub, memoryLog, secret, systemClock } from '@hubbub/hub'
import { VirtualClock } from '@hubbub/hub/testing'
import { listen } from '@hubbub/hub/ws'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { Peer } from './support/peer.ts'

async function people(count: number, clock: VirtualClock) {
  // Filled last: what the hub draws for its own timers before is not of interest.
  const draws: number[] = []
  const hub = createHub({ clock, random: () => draws.shift() ?? 0 })
  const peers = Array.from({ length: count }, () => new Peer(hub))
  for (const [index, peer] of peers.entries()) await peer.enter(`user-${index}`)
  for (let index = 0; index < count; index += 1) draws.push(index / count)
  return { hub, peers }
}

it('tells every client when it will be closed, spread over the window, and closes it then with 1012', async () => {
  const clock = new VirtualClock()
  const { hub, peers } = await people(5, clock)
  const closed = hub.close({ windowMs: 5_000 })
  const told = await Promise.all(peers.map(peer => peer.next('drain')))
  expect(told.map(({ reconnectAfterMs }) => reconnectAfterMs)).toEqual([0, 1_000, 2_000, 3_000, 4_000])
  for (let second = 0; second < 5; second += 1) {
    await expect(peers[second]?.end()).resolves.toMatchObject({ code: 1012 })
    expect(peers.filter(peer => peer.closed)).toHaveLength(second + 1)
    await clock.advance(1_000)
  }
  await closed
  expect(clock.pending).toBe(0)
})

it('goes on serving those who wait for their moment', async () => {
  const clock = new VirtualClock()
  const { hub, peers } = await people(2, clock)
  const [first, last] = peers
  const closed = hub.close({ windowMs: 5_000 })
  await first?.end()
  last?.send({ type: 'publish', id: 'late', room: 'general', text: 'still here' })
  expect(await last?.next('ack')).toMatchObject({ id: 'late', seq: 1 })
  await clock.advance(2_500)
  await expect(last?.end()).resolves.toMatchObject({ code: 1012 })
  await closed
})

/** A log that takes effect at once and answers when it is let. */
function answeringLater() {
  const log = memoryLog({ clock: systemClock, secret })
  const gate = Promise.withResolvers<void>()
  const append: typeof log.append = async (room, drafts) => {
    const appended = await log.append(room, drafts)
    await gate.promise
    return appended
  }
  return { log: { ...log, append }, answer: gate.resolve }
}

// A client whose publish was in the log's hand at its moment was closed without an ack, although the message landed.
it('answers what a client has said before its moment, and closes it then', async () => {
  const clock = new VirtualClock()
  const { log, answer } = answeringLater()
  const hub = createHub({ clock, log, random: () => 0.5 })
  hub.use(async ({ request }, next) => {
    if (request.type === 'publish') await Promise.resolve()
    await next()
  })
  const peer = new Peer(hub)
  await peer.enter('Ann')
  const closed = hub.close({ windowMs: 1_000 })
  await peer.next('drain')
  const publish = (id: string) => ({ type: 'publish', id, room: 'general', text: id })
  peer.send(
    publish('a'),
    publish('b'),
    { type: 'history', id: 'c', room: 'nowhere' },
    { type: 'pong', id: 'd' },
  )
  await peer.answer('c')
  await clock.advance(500)
  // Nobody can know that this one came too late: it is not answered, and the client sends it again elsewhere.
  peer.send(publish('late'))
  await clock.advance(2_000)
  expect(peer.closed).toBeUndefined()
  answer()
  await expect(peer.end()).resolves.toMatchObject({ code: 1012 })
  await closed
  expect(peer.of('ack').map(({ id }) => id)).toEqual(['a', 'b'])
  expect((await log.read('general', { limit: 10 })).seq).toBe(2)
})

it('waits for a bot to take a command that was given before the moment', async () => {
  const clock = new VirtualClock()
  const hub = createHub({ clock, random: () => 0 })
  const broker = Promise.withResolvers<void>()
  hub.use((context, next) => {
    if (context.request.type !== 'publish') return next()
    return context.detach(broker.promise.then(() => context.acceptCommand()))
  })
  const peer = new Peer(hub)
  await peer.enter('Ann')
  peer.send({ type: 'publish', id: 'c', room: 'general', text: '/stock=AAPL.US' }, { type: 'ping', id: 'p' })
  await peer.next('pong')
  const closed = hub.close({ windowMs: 0 })
  await peer.next('drain')
  broker.resolve()
  await expect(peer.end()).resolves.toMatchObject({ code: 1012 })
  expect(peer.of('ack')).toMatchObject([{ id: 'c', command: true }])
  await closed
})

// The appends in hand were waited for behind the deadline, for as long as a log may take.
it('is over at its deadline where the log does not answer', async () => {
  const clock = new VirtualClock()
  const { log } = answeringLater()
  const hub = createHub({ clock, log })
  const peer = new Peer(hub)
  await peer.enter('Ann')
  peer.send({ type: 'publish', id: 'm', room: 'general', text: 'x' }, { type: 'ping', id: 'p' })
  await peer.next('pong')
  let over = false
  const closed = hub.close({ windowMs: 0, deadlineMs: 1_000 }).then(() => (over = true))
  await peer.next('drain')
  await clock.advance(999)
  expect(over).toBe(false)
  await clock.advance(1)
  await expect(peer.end()).resolves.toMatchObject({ code: 1012 })
  await clock.advance(0)
  expect(over).toBe(true)
  await closed
  expect(clock.pending).toBe(0)
  const bot = { id: 'bot:late', name: 'late', kind: 'bot' as const }
  await expect(hub.post({ room: 'general', id: 'b', text: 'x', author: bot })).rejects.toMatchObject({
    code: 'unavailable',
  })
  expect(clock.pending).toBe(0)
})

// A revocation was waited for by a clock of its own: the hub's close did not wait for it, and left its timer.
it('lets a revocation land that the log has in hand', async () => {
  const clock = new VirtualClock()
  const { log, answer } = answeringLater()
  const hub = createHub({ clock, log })
  const order: string[] = []
  const revoked = hub.revoke({ user: 'ann' }).then(() => order.push('revoked'))
  const closed = hub.close({ windowMs: 0 }).then(() => order.push('closed'))
  await clock.settle()
  answer()
  await Promise.all([revoked, closed])
  expect(order).toEqual(['revoked', 'closed'])
  expect(hub.stats().appended).toBe(0)
})

it('refuses a revocation that the log does not take before the deadline, and all that come later', async () => {
  const clock = new VirtualClock()
  const { log } = answeringLater()
  const hub = createHub({ clock, log })
  const [revoked, closed] = [hub.revoke({ user: 'ann' }), hub.close({ windowMs: 0, deadlineMs: 1_000 })]
  const refused = revoked.catch((error: unknown) => error)
  await clock.advance(1_000)
  await closed
  expect(clock.pending).toBe(0)
  expect(await refused).toMatchObject({ code: 'unavailable' })
  await expect(hub.revoke({ user: 'ann' })).rejects.toMatchObject({ code: 'unavailable' })
  expect(clock.pending).toBe(0)
})

// A closer that never ended kept `close` from ending, and the process with it, whatever the deadline was.
it('leaves a closer behind that does not end, and says so', async () => {
  const clock = new VirtualClock()
  const errors: unknown[] = []
  const hub = createHub({ clock, onError: error => errors.push(error) })
  const order: string[] = []
  hub.onClose(leftMs => {
    order.push(`hangs with ${leftMs} ms left`)
    return new Promise(() => {})
  })
  hub.onClose(() => {
    throw new Error('failed')
  })
  const closed = hub.close({ deadlineMs: 1_000 }).then(() => order.push('closed'))
  await clock.advance(3_999)
  expect(order).toEqual(['hangs with 1000 ms left'])
  await clock.advance(1)
  await closed
  expect(order).toEqual(['hangs with 1000 ms left', 'closed'])
  expect(errors.map(String)).toEqual(['Error: failed', 'Error: what closes with the hub did not end in time'])
  expect(clock.pending).toBe(0)
})

it('ends the window when the last client is gone', async () => {
  const clock = new VirtualClock()
  const { hub, peers } = await people(2, clock)
  const closed = hub.close({ windowMs: 60_000, deadlineMs: 60_000 })
  await Promise.all(peers.map(peer => peer.next('drain')))
  for (const peer of peers) peer.close(1000)
  await closed
  expect(clock.pending).toBe(0)
})

it('closes at the deadline those whose moment has not come', async () => {
  const clock = new VirtualClock()
  const { hub, peers } = await people(2, clock)
  const closed = hub.close({ windowMs: 100_000, deadlineMs: 3_000 })
  await peers[1]?.next('drain')
  await clock.advance(3_000)
  await closed
  await expect(peers[1]?.end()).resolves.toMatchObject({ code: 1012 })
})

it('answers new connections with 503 and Retry-After while it drains', async () => {
  const hub = createHub({ random: () => 0.999 })
  const server = await listen(hub, { port: 0 })
  const first = new WebSocket(server.url)
  const drained = Promise.withResolvers<void>()
  first.on('message', (data: Buffer) => {
    if (data.toString().includes('"drain"')) drained.resolve()
  })
  const opened = Promise.withResolvers<void>()
  first.once('open', opened.resolve)
  await opened.promise
  const closed = hub.close({ windowMs: 1_000 })
  await drained.promise
  const second = new WebSocket(server.url)
  const refused = Promise.withResolvers<{ status: number | undefined; retry: string | undefined }>()
  second.once('unexpected-response', (_request, response) => {
    refused.resolve({ status: response.statusCode, retry: response.headers['retry-after'] })
    response.destroy()
  })
  second.once('error', () => {})
  expect(await refused.promise).toMatchObject({ status: 503, retry: expect.stringMatching(/^\d+$/) })
  await closed
})
