import { describe, expect, it } from 'vitest'
import type { FakeSocket } from './support/fake-server.ts'
import { outcome, startJoined } from './support/start.ts'

const budgets = (socket: FakeSocket) => socket.of('publish').map(({ budgetMs }) => budgetMs)

type Started = Awaited<ReturnType<typeof startJoined>>

/** Lets the network come back. */
async function rejoin({ server, clock }: Started): Promise<FakeSocket> {
  await clock.advance(500)
  return server.socket.welcome({ resumed: true }).join({ recovered: true })
}

// A command that had waited in the client began anew at the server: it was answered up to 30 s after that, to somebody
// who had typed it minutes ago.
describe('a command', () => {
  it('says how long its sender still waits, each time that it is sent', async () => {
    const started = await startJoined()
    const { server, clock, room } = started
    const publish = room.publish('/stock=aapl.us', { id: 'mine' })
    expect(budgets(server.socket)).toEqual([30_000])
    await clock.advance(10_000)
    server.socket.end()
    const second = await rejoin(started)
    expect(budgets(second)).toEqual([19_500])
    await clock.advance(12_345)
    second.end()
    const third = await rejoin(started)
    expect(budgets(third)).toEqual([6_655])
    expect(third.last('publish').id).toBe('mine')
    third.say({ type: 'ack', id: 'mine', room: 'general', command: true })
    await expect(publish).resolves.toEqual({ kind: 'command', id: 'mine' })
  })

  it('that waited for the connection, its turn or a limit has so much less', async () => {
    const started = await startJoined()
    const { server, clock, room } = started
    server.socket.end()
    room.publish('first').catch(() => undefined)
    room.publish('/stock').catch(() => undefined)
    const socket = await rejoin(started)
    await clock.advance(1_000)
    const [{ id } = { id: '' }] = socket.of('publish')
    socket.say({ type: 'ack', id, room: 'general', seq: 1 })
    expect(budgets(socket)).toEqual([undefined, 28_500])
    const command = socket.last('publish').id
    socket.say({ type: 'error', id: command, code: 'rate-limited', message: 'slower', retryAfterMs: 2_500 })
    await clock.advance(2_500)
    expect(budgets(socket)).toEqual([undefined, 28_500, 26_000])
  })

  it('that cannot be sent is given up after 30 s, and not sent any more', async () => {
    const started = await startJoined()
    const { client, server, clock, room } = started
    server.socket.end()
    const publish = room.publish('/stock')
    await clock.advance(29_999)
    expect(await outcome(clock, publish)).toBe('pending')
    await clock.advance(1)
    await expect(publish).rejects.toMatchObject({
      code: 'unsettled',
      message: 'it could not be sent within 30 s, and nobody waits longer for a bot',
    })
    expect(client.pending).toBe(0)
    expect(budgets(await rejoin(started))).toEqual([])
  })

  it('that has no answer is given up after 30 s, as one of which nobody knows', async () => {
    const { client, server, clock, room } = await startJoined()
    const publish = room.publish('/stock')
    await clock.advance(29_999)
    expect(await outcome(clock, publish)).toBe('pending')
    await clock.advance(1)
    await expect(publish).rejects.toMatchObject({
      code: 'unsettled',
      message: 'it had no answer within 30 s; whether a bot has it is not known',
    })
    expect(client.pending).toBe(0)
    // A late answer concerns nobody.
    server.socket.say({ type: 'ack', id: server.socket.last('publish').id, room: 'general', command: true })
  })

  it('is not sent behind a sleep in which no timer ran', async () => {
    const started = await startJoined()
    const { server, clock, room } = started
    server.socket.end()
    const old = room.publish('/old')
    clock.setWallClock(clock.now() + 29_000)
    const young = room.publish('/young')
    clock.setWallClock(clock.now() + 1_000)
    const socket = await rejoin(started)
    expect(socket.of('publish')).toMatchObject([{ text: '/young', budgetMs: 28_500 }])
    expect(await outcome(clock, old)).toBe('unsettled')
    expect(await outcome(clock, young)).toBe('pending')
  })

  it('counts by the clock that never goes back', async () => {
    const started = await startJoined()
    const { server, clock, room } = started
    server.socket.end()
    room.publish('/stock').catch(() => undefined)
    clock.setWallClock(clock.now() - 3_600_000)
    expect(budgets(await rejoin(started))).toEqual([29_500])
  })

  it('asked to wait for longer than its sender does has that for an answer', async () => {
    const started = await startJoined()
    const { server, room } = started
    server.socket.end()
    const publish = room.publish('/stock')
    const socket = await rejoin(started)
    const { id } = socket.last('publish')
    socket.say({ type: 'error', id, code: 'rate-limited', message: 'slower', retryAfterMs: 29_500 })
    await expect(publish).rejects.toMatchObject({ code: 'rate-limited', retryAfterMs: 29_500 })
  })

  it('has a whole number of milliseconds, whatever the clock says', async () => {
    const started = await startJoined()
    const { server, clock, room } = started
    server.socket.end()
    clock.setWallClock(clock.now() + 0.25)
    room.publish('/stock').catch(() => undefined)
    clock.setWallClock(clock.now() + 0.5)
    expect(budgets(await rejoin(started))).toEqual([29_499])
  })
})

it('what is no command has no budget, and is kept for its 10 minutes', async () => {
  const started = await startJoined()
  const { server, clock, room } = started
  server.socket.end()
  const publish = room.publish('//stock')
  await clock.advance(40_000)
  const socket = server.socket.welcome({ resumed: true }).join({ recovered: true })
  expect(socket.of('publish')).toEqual([
    { type: 'publish', id: expect.any(String), room: 'general', text: '//stock' },
  ])
  expect(await outcome(clock, publish)).toBe('pending')
})
