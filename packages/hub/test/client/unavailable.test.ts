import { createHub, HubError, memoryLog, secret, systemClock } from '@hubbub/hub'
import { describe, expect, it } from 'vitest'
import type { FakeSocket } from './support/fake-server.ts'
import { RealClient } from './support/real.ts'
import { outcome, startJoined } from './support/start.ts'

const texts = (socket: FakeSocket) => socket.of('publish').map(({ text }) => text)

/** The log does not answer the newest publish with this text. */
function fail(socket: FakeSocket, text: string, retryAfterMs?: number): void {
  const id = socket.of('publish').findLast(publish => publish.text === text)?.id ?? ''
  const wait = retryAfterMs !== undefined && { retryAfterMs }
  socket.say({ type: 'error', id, code: 'unavailable', message: 'no log', ...wait })
}

function ack(socket: FakeSocket, text: string, seq: number): void {
  const id = socket.of('publish').findLast(publish => publish.text === text)?.id ?? ''
  socket.say({ type: 'ack', id, room: 'general', seq })
}

// The client rejected a publish for which the log was away, and kept nothing of it: whoever did not try again by
// hand, with the same id, had lost what they wrote.
describe('a publish that finds no log', () => {
  it('is sent again with the same id, less and less often, until it lands', async () => {
    const { client, server, clock, room } = await startJoined()
    const publish = room.publish('hello', { id: 'mine' })
    for (const wait of [125, 250, 500, 1_000]) {
      fail(server.socket, 'hello')
      const before = texts(server.socket).length
      await clock.advance(wait - 1)
      expect(texts(server.socket)).toHaveLength(before)
      await clock.advance(1)
      expect(texts(server.socket)).toHaveLength(before + 1)
    }
    expect(client.pending).toBe(1)
    ack(server.socket, 'hello', 7)
    await expect(publish).resolves.toEqual({ kind: 'message', id: 'mine', seq: 7 })
    expect(new Set(server.socket.of('publish').map(({ id }) => id))).toEqual(new Set(['mine']))
  })

  it('waits for as long as the server asks', async () => {
    const { server, clock, room } = await startJoined()
    void room.publish('hello')
    fail(server.socket, 'hello', 30_000)
    await clock.advance(29_999)
    expect(texts(server.socket)).toEqual(['hello'])
    await clock.advance(1)
    expect(texts(server.socket)).toEqual(['hello', 'hello'])
  })

  it('is not overtaken by what is published behind it, which is then sent one by one', async () => {
    const { server, clock, room } = await startJoined()
    void room.publish('a')
    fail(server.socket, 'a')
    for (const text of ['b', 'c']) void room.publish(text)
    expect(texts(server.socket)).toEqual(['a'])
    await clock.advance(125)
    ack(server.socket, 'a', 1)
    expect(texts(server.socket)).toEqual(['a', 'a', 'b'])
    const { id } = server.socket.last('publish')
    server.socket.say({ type: 'error', id, code: 'rate-limited', message: 'slower', retryAfterMs: 100 })
    await clock.advance(100)
    ack(server.socket, 'b', 2)
    expect(texts(server.socket)).toEqual(['a', 'a', 'b', 'b', 'c'])
  })

  it('makes room for another room meanwhile', async () => {
    const { client, server, room } = await startJoined()
    const other = client.join('other')
    server.socket.join()
    for (let n = 1; n <= 32; n += 1) void room.publish(`${n}`)
    void other.publish('elsewhere')
    expect(texts(server.socket)).not.toContain('elsewhere')
    fail(server.socket, '1')
    expect(texts(server.socket)).toContain('elsewhere')
  })

  it('is tried at once on a new connection', async () => {
    const { server, clock, room } = await startJoined()
    void room.publish('hello')
    fail(server.socket, 'hello', 60_000)
    server.socket.end()
    await clock.advance(125)
    expect(texts(server.socket.welcome().join())).toEqual(['hello'])
  })

  it('is given up after 10 minutes', async () => {
    const { client, server, clock, room } = await startJoined()
    let seen = 0
    const { socket } = server
    const publish = room.publish('hello')
    for (let ms = 0; ms < 599_000; ms += 1_000) {
      if (texts(socket).length > seen) fail(socket, 'hello')
      seen = texts(socket).length
      await clock.advance(1_000)
      for (const { id } of socket.of('ping').slice(-1)) socket.say({ type: 'pong', id })
    }
    expect(await outcome(clock, publish)).toBe('pending')
    await clock.advance(1_000)
    expect(await outcome(clock, publish)).toBe('unsettled')
    expect(client.pending).toBe(0)
    const sent = texts(socket).length
    expect(sent).toBeGreaterThan(70)
    await clock.advance(20_000)
    expect(texts(socket)).toHaveLength(sent)
  })

  it('ends with its signal, and with the client', async () => {
    const { client, server, clock, room } = await startJoined()
    const abort = new AbortController()
    const first = room.publish('first', { signal: abort.signal })
    const second = room.publish('second')
    fail(server.socket, 'first')
    fail(server.socket, 'second')
    abort.abort('never mind')
    await expect(first).rejects.toBe('never mind')
    await clock.advance(125)
    expect(texts(server.socket)).toEqual(['first', 'second', 'second'])
    fail(server.socket, 'second')
    void client.close()
    expect(await outcome(clock, second)).toBe('closed')
    await clock.advance(2_000)
    expect(clock.pending).toBe(0)
  })

  it('counts in the queue', async () => {
    const { server, clock, room } = await startJoined({ queue: 1 })
    void room.publish('a')
    fail(server.socket, 'a')
    expect(await outcome(clock, room.publish('b'))).toBe('queue-full')
  })

  it('over a real hub lands once, whether or not it had landed before', async () => {
    const kept = memoryLog({ clock: systemClock, secret })
    let tries = 0
    const log: typeof kept = {
      ...kept,
      append: async (room, drafts) => {
        tries += 1
        if (tries === 2) await kept.append(room, drafts)
        if (tries <= 3) throw new Error('the database is away')
        return kept.append(room, drafts)
      },
    }
    await using hub = createHub({ log })
    await using ann = new RealClient(hub)
    const room = ann.client.join('general')
    await expect(room.publish('hello')).resolves.toMatchObject({ kind: 'message', seq: 1 })
    expect(tries).toBe(4)
    expect((await room.history()).messages.map(({ text }) => text)).toEqual(['hello'])
  })
})

describe('a command that finds no bots', () => {
  it.each(['/stock=aapl.us', '/stock', '/ROLL 2d6', '/note=two\nlines'])(
    'is refused at once: %j',
    async text => {
      await using hub = createHub()
      let asked = 0
      hub.use(({ request }, next) => {
        if (request.type !== 'publish') return next()
        asked += 1
        throw new HubError('unavailable', 'Bots are unreachable, try again.')
      })
      await using ann = new RealClient(hub)
      await expect(ann.client.join('general').publish(text)).rejects.toMatchObject({
        code: 'unavailable',
        message: 'Bots are unreachable, try again.',
      })
      expect(asked).toBe(1)
    },
  )

  it.each(['//stock', '/', '/1', '/stock!', ' /stock', `/${'x'.repeat(33)}`])(
    'is not what %j is: it is sent again',
    async text => {
      const { server, clock, room } = await startJoined()
      const publish = room.publish(text)
      fail(server.socket, text)
      await clock.advance(125)
      expect(texts(server.socket)).toEqual([text, text])
      expect(await outcome(clock, publish)).toBe('pending')
    },
  )
})
