import { getEventListeners } from 'node:events'
import type { ServerMessageOf } from '@hubbub/hub'
import { describe, expect, it } from 'vitest'
import { type FakeServer, type FakeSocket } from './support/fake-server.ts'
import { outcome, startJoined, startOnline } from './support/start.ts'

const texts = (socket: FakeSocket) => socket.of('publish').map(({ text }) => text)

/** Acks the publish with this text. */
function ack(socket: FakeSocket, text: string, seq: number): void {
  const found = socket.of('publish').findLast(publish => publish.text === text)
  if (!found) throw new Error(`${text} was not sent`)
  socket.say({ type: 'ack', id: found.id, room: found.room, seq })
}

function refuse(socket: FakeSocket, text: string, extra: Partial<ServerMessageOf<'error'>>): void {
  const found = socket.of('publish').findLast(publish => publish.text === text)
  socket.say({ type: 'error', id: found?.id ?? '', code: 'internal', message: 'no', ...extra })
}

async function rejoin(
  server: FakeServer,
  clock: { advance(ms: number): Promise<void> },
): Promise<FakeSocket> {
  await clock.advance(500)
  return server.socket.welcome({ resumed: true }).join({ recovered: true })
}

describe('a publish', () => {
  it('settles with its place in the room, or as a command', async () => {
    const { server, room, client } = await startJoined()
    const message = room.publish('hello', { id: 'mine' })
    const command = room.publish('/stock=aapl.us')
    expect(client.pending).toBe(2)
    const [first, second] = server.socket.of('publish')
    expect(first).toEqual({ type: 'publish', id: 'mine', room: 'general', text: 'hello' })
    server.socket.say({ type: 'ack', id: second?.id ?? '', room: 'general', command: true })
    server.socket.say({ type: 'ack', id: 'mine', room: 'general', seq: 7 })
    await expect(message).resolves.toEqual({ kind: 'message', id: 'mine', seq: 7 })
    await expect(command).resolves.toEqual({ kind: 'command', id: second?.id })
    expect(client.pending).toBe(0)
  })

  it('rejects with what the server says', async () => {
    const { server, room } = await startJoined()
    const publish = room.publish('hello')
    refuse(server.socket, 'hello', { code: 'rate-limited', retryAfterMs: 400, message: 'slower' })
    await expect(publish).rejects.toMatchObject({
      name: 'ClientError',
      code: 'rate-limited',
      retryAfterMs: 400,
      message: 'slower',
    })
  })

  it('that no server would take is refused at once, connection or not', async () => {
    const { clock, room } = await startJoined()
    expect(await outcome(clock, room.publish(' '))).toBe('bad-request')
    expect(await outcome(clock, room.publish('x'.repeat(4_001)))).toBe('too-large')
    expect(await outcome(clock, room.publish('hello', { id: '' }))).toBe('bad-request')
    void outcome(clock, room.publish('hello', { id: 'twice' }))
    await expect(room.publish('hello', { id: 'twice' })).rejects.toMatchObject({
      code: 'bad-request',
      field: 'id',
    })
  })

  it('waits for the room, then goes out in the order in which it was made', async () => {
    const { client, server } = await startOnline()
    const room = client.join('general')
    for (const text of ['a', 'b', 'c']) void room.publish(text)
    expect(texts(server.socket)).toEqual([])
    server.socket.join()
    for (const [index, text] of ['a', 'b', 'c'].entries()) ack(server.socket, text, index + 1)
    expect(texts(server.socket)).toEqual(['a', 'b', 'c'])
    expect(client.pending).toBe(0)
  })

  it('without an answer is sent again with the same id on the next connection', async () => {
    const { server, clock, room } = await startJoined()
    const publish = room.publish('hello')
    const [first] = server.socket.of('publish')
    server.socket.end()
    const socket = await rejoin(server, clock)
    expect(socket.of('publish')).toEqual([first])
    ack(socket, 'hello', 3)
    await expect(publish).resolves.toMatchObject({ kind: 'message', seq: 3 })
  })

  it('is never sent twice on one connection', async () => {
    const { server, clock, room } = await startJoined()
    const publish = room.publish('hello')
    await clock.advance(20_000)
    server.socket.message(9).join({ recovered: true, seq: 9 })
    expect(texts(server.socket)).toEqual(['hello'])
    expect(await outcome(clock, publish)).toBe('pending')
  })

  it('is under way with at most 31 others', async () => {
    const { server, room } = await startJoined()
    for (let n = 1; n <= 40; n += 1) void room.publish(`${n}`)
    expect(texts(server.socket)).toHaveLength(32)
    ack(server.socket, '5', 1)
    expect(texts(server.socket).at(-1)).toBe('33')
  })
})

describe('the queue', () => {
  it('holds 200 publishes while there is no connection, and refuses one more', async () => {
    const { client, server, clock, room } = await startJoined()
    server.socket.end()
    for (let n = 1; n <= 200; n += 1) room.publish(`${n}`).catch(() => undefined)
    expect(await outcome(clock, room.publish('201'))).toBe('queue-full')
    expect(client.pending).toBe(200)
    const socket = await rejoin(server, clock)
    for (let n = 1; n <= 200; n += 1) ack(socket, `${n}`, n)
    expect(texts(socket)).toEqual(Array.from({ length: 200 }, (_, index) => `${index + 1}`))
  })

  it('counts what must be sent again', async () => {
    const { server, clock, room } = await startJoined({ queue: 1 })
    room.publish('sent').catch(() => undefined)
    server.socket.end()
    expect(await outcome(clock, room.publish('one too many'))).toBe('queue-full')
  })

  it('may be none at all', async () => {
    const { server, clock, room } = await startJoined({ queue: 0 })
    expect(await outcome(clock, room.publish('now'))).toBe('pending')
    server.socket.end()
    expect(await outcome(clock, room.publish('later'))).toBe('queue-full')
  })

  it('is sent one by one, and slower where the server says so, without changing the order', async () => {
    const { server, clock, room } = await startJoined()
    server.socket.end()
    for (const text of ['a', 'b', 'c']) room.publish(text).catch(() => undefined)
    const socket = await rejoin(server, clock)
    expect(texts(socket)).toEqual(['a'])
    void room.publish('live')
    refuse(socket, 'a', { code: 'rate-limited', retryAfterMs: 2_000 })
    await clock.advance(1_999)
    expect(texts(socket)).toEqual(['a'])
    await clock.advance(1)
    for (const [index, text] of ['a', 'b', 'c'].entries()) ack(socket, text, index + 1)
    expect(texts(socket)).toEqual(['a', 'a', 'b', 'c', 'live'])
  })

  it('is what was under way as well: all of it is sent again one by one', async () => {
    const { server, clock, room } = await startJoined()
    for (const text of ['a', 'b']) room.publish(text).catch(() => undefined)
    server.socket.end()
    const socket = await rejoin(server, clock)
    expect(texts(socket)).toEqual(['a'])
    refuse(socket, 'a', { code: 'rate-limited', retryAfterMs: 1_000 })
    await clock.advance(1_000)
    ack(socket, 'a', 1)
    expect(texts(socket)).toEqual(['a', 'a', 'b'])
  })

  it('does not bring a pause along to the next connection', async () => {
    const { server, clock, room } = await startJoined()
    server.socket.end()
    room.publish('a').catch(() => undefined)
    refuse(await rejoin(server, clock), 'a', { code: 'rate-limited', retryAfterMs: 60_000 })
    server.socket.end()
    expect(texts(await rejoin(server, clock))).toEqual(['a'])
  })

  it('keeps no timer of a pause that nobody waits for any more', async () => {
    const { client, server, clock, room } = await startJoined()
    server.socket.end()
    const abort = new AbortController()
    room.publish('a', { signal: abort.signal }).catch(() => undefined)
    const socket = await rejoin(server, clock)
    const before = clock.pending
    refuse(socket, 'a', { code: 'rate-limited', retryAfterMs: 60_000 })
    expect(clock.pending).toBe(before + 1)
    abort.abort()
    expect(client.pending).toBe(0)
    // The deadline of the publish is gone with it.
    expect(clock.pending).toBe(before - 1)
    expect(getEventListeners(abort.signal, 'abort')).toEqual([])
  })

  it('of one room does not hold up another', async () => {
    const { client, server, clock, room } = await startJoined()
    const other = client.join('other')
    server.socket.end()
    room.publish('a').catch(() => undefined)
    other.publish('b').catch(() => undefined)
    await clock.advance(250)
    const socket = server.socket.welcome()
    expect(texts(socket)).toEqual([])
    socket.join()
    expect(texts(socket)).toEqual(['b'])
  })
})

describe('an old publish', () => {
  it('is given up after 10 minutes, as one of which nobody knows', async () => {
    const { client, server, clock, room } = await startJoined()
    const publish = room.publish('hello')
    server.socket.end()
    await clock.advance(599_999)
    expect(await outcome(clock, publish)).toBe('pending')
    await clock.advance(1)
    expect(await outcome(clock, publish)).toBe('unsettled')
    expect(client.pending).toBe(0)
  })

  it('is not sent again behind a sleep in which no timer ran', async () => {
    const { server, clock, room } = await startJoined()
    const old = room.publish('old')
    server.socket.end()
    clock.setWallClock(clock.now() + 600_000)
    const young = room.publish('young')
    const socket = await rejoin(server, clock)
    expect(texts(socket)).toEqual(['young'])
    expect(await outcome(clock, old)).toBe('unsettled')
    expect(await outcome(clock, young)).toBe('pending')
  })
})

describe('a signal', () => {
  it('that is aborted before sends nothing', async () => {
    const { server, room } = await startJoined()
    await expect(room.publish('hello', { signal: AbortSignal.abort('never mind') })).rejects.toBe(
      'never mind',
    )
    expect(texts(server.socket)).toEqual([])
  })

  it('is let go when its publish is settled', async () => {
    const { server, room } = await startJoined()
    const { signal } = new AbortController()
    const publish = room.publish('hello', { signal })
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    ack(server.socket, 'hello', 1)
    await publish
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('takes an unsent publish out of the queue', async () => {
    const { client, server, clock, room } = await startJoined()
    server.socket.end()
    const abort = new AbortController()
    const publish = room.publish('hello', { signal: abort.signal })
    abort.abort('never mind')
    await expect(publish).rejects.toBe('never mind')
    expect(client.pending).toBe(0)
    expect(texts(await rejoin(server, clock))).toEqual([])
  })

  it('stops the wait for one that is under way; its late answer concerns nobody', async () => {
    const { server, room, log } = await startJoined()
    const abort = new AbortController()
    const publish = room.publish('hello', { signal: abort.signal })
    abort.abort('never mind')
    await expect(publish).rejects.toBe('never mind')
    refuse(server.socket, 'hello', {})
    ack(server.socket, 'hello', 1)
    expect(log).toEqual([])
  })
})

describe('the end of a connection', () => {
  it('with 1009 fails the largest publish under way as too large', async () => {
    const { client, server, clock, room } = await startJoined()
    const small = room.publish('small')
    const large = room.publish('large'.repeat(100))
    server.socket.end(1009, 'a frame may have 32 KiB')
    expect(await outcome(clock, large)).toBe('too-large')
    expect(await outcome(clock, small)).toBe('closed')
    expect(client.state).toMatchObject({ status: 'closed', code: 1009 })
    expect(await outcome(clock, room.publish('more'))).toBe('closed')
  })

  it('leaves nothing to wait for in a room that was left with an answer outstanding', async () => {
    const { server, clock, room } = await startJoined()
    const publish = room.publish('hello')
    const left = room.leave()
    server.socket.end()
    await left
    expect(await outcome(clock, publish)).toBe('unsettled')
  })
})
