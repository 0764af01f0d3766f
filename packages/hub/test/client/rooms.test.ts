import type { ServerMessageOf } from '@hubbub/hub'
import { describe, expect, it } from 'vitest'
import { chat, chats, type FakeServer } from './support/fake-server.ts'
import { outcome, record, type Started, start, startJoined, startOnline } from './support/start.ts'

/** Cuts the connection and brings the next one online. */
async function reconnect({ server, clock }: Pick<Started, 'server' | 'clock'>): Promise<void> {
  server.socket.end()
  await clock.advance(250)
  server.socket.welcome({ resumed: true })
}

const refuseJoin = (server: FakeServer, code: ServerMessageOf<'error'>['code'], retryAfterMs?: number) =>
  server.socket.say({
    type: 'error',
    id: server.socket.last('join').id,
    code,
    message: `it is ${code}`,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })

describe('a room', () => {
  it('is joined once the client is welcome, and is ready when the server says so', async () => {
    const { client, server, clock, log } = await start()
    const room = client.join('general', { last: 20 })
    record(room, log)
    room.on('joined', ({ seq }) => log.push(`joined at ${seq}`))
    server.socket.welcome()
    expect(server.socket.last('join')).toEqual({ type: 'join', id: 'id-2', room: 'general', last: 20 })
    expect(await outcome(clock, room.ready)).toBe('pending')
    server.socket.join({ messages: chats(8, 9) }).message(10)
    await room.ready
    expect(log).toEqual(['online as Ann', 'joined at 9', '8', '9', '10'])
  })

  it('is the same subscription for whoever joins it again', async () => {
    const { client, server, room } = await startJoined()
    expect(client.join('general', { last: 0 })).toBe(room)
    expect(server.socket.of('join')).toHaveLength(1)
  })

  it('resumes where an application says it left off', async () => {
    const { client, server, log } = await startOnline()
    record(client.join('general', { after: { epoch: 'e1', seq: 7 } }), log)
    expect(server.socket.last('join')).toMatchObject({ after: { epoch: 'e1', seq: 7 } })
    server.socket.join({ recovered: true, messages: chats(8, 9) })
    expect(log).toEqual(['8', '9'])
  })

  it('goes on behind what was delivered after a reconnection, each message once', async () => {
    const started = await startJoined()
    const { server, log } = started
    server.socket.message(1).message(2)
    await reconnect(started)
    expect(server.socket.last('join')).toMatchObject({ after: { epoch: 'e1', seq: 2 } })
    log.length = 0
    server.socket
      .message(9)
      .join({ recovered: true, messages: chats(3, 5) })
      .message(5)
      .message(6)
    expect(log).toEqual(['3', '4', '5', '6'])
  })

  it.each(['epoch', 'trimmed', 'too-far', 'ahead'] as const)(
    'tells of a hole before the messages behind it, when the server says %s',
    async reason => {
      const started = await startJoined()
      const { server, log } = started
      server.socket.message(1).message(2)
      await reconnect(started)
      log.length = 0
      const there = {
        epoch: { epoch: 'e2', messages: chats(1, 2) },
        trimmed: { messages: chats(51, 52) },
        'too-far': { messages: chats(51, 52) },
        ahead: { messages: [chat(1)] },
      }
      server.socket.join({ reason, ...there[reason] })
      const expected = {
        epoch: ['reset to e2/0: epoch', '1', '2'],
        trimmed: ['reset to e1/50: trimmed', '51', '52'],
        'too-far': ['reset to e1/50: too-far', '51', '52'],
        ahead: ['reset to e1/0: ahead', '1'],
      }
      expect(log).toEqual(expected[reason])
    },
  )

  it('passes over what comes before it is joined, even if it seems to follow', async () => {
    const started = await startJoined()
    const { server, log } = started
    server.socket.message(1).message(2)
    await reconnect(started)
    log.length = 0
    server.socket.message(3).join({ epoch: 'e2', reason: 'epoch', messages: chats(1, 3) })
    expect(log).toEqual(['reset to e2/0: epoch', '1', '2', '3'])
  })

  it('does not cry wolf where a server gives all that was missed and calls it something else', async () => {
    const started = await startJoined()
    started.server.socket.message(1)
    await reconnect(started)
    started.log.length = 0
    started.server.socket.join({ recovered: false, reason: 'too-far', messages: chats(1, 3) })
    expect(started.log).toEqual(['2', '3'])
  })

  it('does not believe a server that calls a part of what was missed all of it', async () => {
    const started = await startJoined()
    started.server.socket.message(1)
    await reconnect(started)
    started.log.length = 0
    started.server.socket.join({ recovered: true, seq: 9, messages: [chat(2), chat(4)] })
    expect(started.log).toEqual(['2', 'reset to e1/3: gap', '4', 'reset to e1/9: gap'])
  })

  it('joins again behind a gap, and delivers nothing from beyond it before', async () => {
    const { server, clock, log } = await startJoined()
    await clock.advance(1_000)
    server.socket.message(1).message(3).message(4)
    expect(log).toEqual(['1'])
    expect(server.socket.of('join')).toHaveLength(2)
    expect(server.socket.last('join')).toMatchObject({ after: { epoch: 'e1', seq: 1 } })
    server.socket.join({ recovered: true, messages: chats(2, 4) }).message(5)
    expect(log).toEqual(['1', '2', '3', '4', '5'])
  })

  it('asks a server that is always wrong once a second', async () => {
    const { server, clock } = await startJoined()
    for (let n = 0; n < 100; n += 1) {
      server.socket.message(100)
      if (server.socket.of('join').length > 1) server.socket.join({ recovered: true })
      await clock.advance(100)
    }
    expect(server.socket.of('join')).toHaveLength(1 + 10)
  })

  it('passes over messages that it has delivered', async () => {
    const { server, log } = await startJoined()
    server.socket.message(1).message(1).message(2).message(1).message(2).message(3)
    expect(log).toEqual(['1', '2', '3'])
  })

  it('goes on from where a reset says', async () => {
    const { server, log } = await startJoined()
    server.socket.message(1)
    server.socket.say({ type: 'reset', room: 'general', epoch: 'e2', seq: 40, reason: 'epoch' })
    server.socket.message(41)
    expect(log).toEqual(['1', 'reset to e2/40: epoch', '41'])
  })

  it('asks the log before it goes back in the same epoch', async () => {
    const { server, clock, log } = await startJoined()
    await clock.advance(1_000)
    server.socket.message(1).message(2)
    server.socket.say({ type: 'reset', room: 'general', epoch: 'e1', seq: 1, reason: 'stale' })
    expect(log).toEqual(['1', '2'])
    expect(server.socket.last('join')).toMatchObject({ after: { epoch: 'e1', seq: 2 } })
  })

  it('names what was skipped, less what had come before', async () => {
    const { server, log } = await startJoined()
    server.socket.message(1).message(2)
    server.socket.say({ type: 'skipped', room: 'general', from: 2, to: 5 })
    server.socket.say({ type: 'skipped', room: 'general', from: 3, to: 5 })
    server.socket.message(6)
    expect(log).toEqual(['1', '2', 'skipped 3-5', '6'])
  })

  it('delivers nothing more to a handler that has left', async () => {
    const { client, server, log } = await startOnline()
    const room = client.join('general')
    record(room, log)
    room.on('delivery', () => void room.leave())
    server.socket.join({ messages: chats(1, 3) })
    expect(log).toEqual(['1'])
  })
})

describe('a join', () => {
  it('without an answer for 10 s is made again, and a late answer to the first is passed over', async () => {
    const { client, server, clock, log } = await startOnline()
    record(client.join('general'), log)
    const { id } = server.socket.last('join')
    await clock.advance(10_000)
    expect(server.socket.of('join')).toHaveLength(2)
    server.socket.join({ id, messages: chats(1, 2) }).message(3)
    expect(log).toEqual([])
    server.socket.join({ messages: chats(1, 3) })
    expect(log).toEqual(['1', '2', '3'])
  })

  it.each(['unavailable', 'rate-limited'] as const)('refused with %s is made again', async code => {
    const { client, server, clock } = await startOnline()
    const room = client.join('general')
    refuseJoin(server, code, 2_000)
    await clock.advance(1_999)
    expect(server.socket.of('join')).toHaveLength(1)
    await clock.advance(1)
    refuseJoin(server, code)
    await clock.advance(250)
    server.socket.join()
    expect(await outcome(clock, room.ready)).toBeUndefined()
  })

  it('that was refused is made again as soon as the first time, if one was accepted since', async () => {
    const { client, server, clock } = await startOnline()
    client.join('general')
    refuseJoin(server, 'unavailable')
    await clock.advance(125)
    server.socket.join()
    await clock.advance(1_000)
    server.socket.message(5)
    refuseJoin(server, 'unavailable')
    await clock.advance(125)
    expect(server.socket.of('join')).toHaveLength(4)
  })

  it('refused with anything else is the end of the room', async () => {
    const { client, server, clock, log } = await startOnline()
    const room = client.join('secret')
    record(room, log)
    const publish = room.publish('hello?')
    refuseJoin(server, 'not-found')
    expect(log).toEqual(['left: it is not-found'])
    expect(await outcome(clock, room.ready)).toBe('not-found')
    expect(await outcome(clock, publish)).toBe('not-found')
    expect(await outcome(clock, room.history())).toBe('not-found')
    expect(client.join('secret')).not.toBe(room)
  })
})

describe('leaving', () => {
  it('is told to the server, and to who listens', async () => {
    const started = await startJoined()
    const { server, clock, log, room } = started
    const left = room.leave()
    expect(server.socket.last('leave')).toMatchObject({ room: 'general' })
    expect(await outcome(clock, left)).toBe('pending')
    server.socket
      .message(1)
      .say({ type: 'left', id: server.socket.last('leave').id, room: 'general', reason: 'asked' })
    await left
    await room.leave()
    expect(log).toEqual(['left: asked'])
    expect(await outcome(clock, room.publish('still there?'))).toBe('not-joined')
    await reconnect(started)
    expect(server.socket.of('join')).toEqual([])
  })

  it('lets the name be joined anew at once, without mixing the two', async () => {
    const { client, server, clock, room, log } = await startJoined()
    const left = room.leave()
    const again = client.join('general')
    record(again, log)
    const publish = again.publish('back')
    expect(server.socket.sent.slice(-2).map(({ type }) => type)).toEqual(['leave', 'join'])
    server.socket.say({ type: 'left', id: server.socket.last('leave').id, room: 'general', reason: 'asked' })
    server.socket.join({ messages: [chat(1)] })
    await left
    expect(log).toEqual(['1', 'left: asked'])
    expect(server.socket.last('publish')).toMatchObject({ text: 'back' })
    expect(await outcome(clock, publish)).toBe('pending')
  })

  it('needs no answer where there is no connection, or where none comes', async () => {
    const { client, server, clock, room } = await startJoined()
    const left = room.leave()
    await clock.advance(10_000)
    expect(await outcome(clock, left)).toBeUndefined()
    const other = client.join('other')
    server.socket.end()
    await other.leave()
    await clock.advance(250)
    server.socket.welcome()
    expect(server.socket.of('join')).toEqual([])
  })

  it('that the server decided is told with its reason', async () => {
    const { server, clock, log, room } = await startJoined()
    server.socket.say({ type: 'left', room: 'general', reason: 'the room was closed' })
    expect(log).toEqual(['left: the room was closed'])
    expect(await outcome(clock, room.publish('hello?'))).toBe('not-joined')
  })
})

describe('presence', () => {
  const ann = { id: 'guest:ann', name: 'Ann', kind: 'user' as const }
  const bob = { id: 'guest:bob', name: 'Bob', kind: 'user' as const }
  const change = { type: 'presence' as const, room: 'general', joined: [], left: [], count: 1 }

  it('is kept from the joined frame and the changes that follow it', async () => {
    const { client, server, clock } = await startOnline()
    const room = client.join('general')
    const seen: string[] = []
    room.on('presence', ({ members, count }) =>
      seen.push(`${count}: ${members.map(({ name }) => name).join()}`),
    )
    server.socket.join({ members: [ann], count: 1, version: 4 })
    server.socket.say(
      { ...change, version: 5, joined: [bob], count: 2 },
      { ...change, version: 5, joined: [bob], count: 2 },
      { ...change, version: 6, left: [ann] },
    )
    expect(seen).toEqual(['1: Ann', '2: Ann,Bob', '1: Bob'])
    await clock.advance(1_000)
    expect(server.socket.of('join')).toHaveLength(1)
    expect(room).toMatchObject({ count: 1, members: [bob] })
  })

  it('that misses a version is asked for anew', async () => {
    const { server, clock, room } = await startJoined()
    await clock.advance(1_000)
    server.socket.say({ ...change, version: 2, joined: [bob] })
    expect(server.socket.of('join')).toHaveLength(2)
    server.socket.join({ recovered: true, members: [ann, bob], count: 2, version: 2 })
    expect(room).toMatchObject({ count: 2, members: [ann, bob] })
  })

  it('of more than 200 people is a number; the names are asked for when they are fewer', async () => {
    const { client, server, clock } = await startOnline()
    const room = client.join('general')
    server.socket.join({ members: [], count: 201, version: 1 })
    await clock.advance(1_000)
    server.socket.say({ ...change, version: 2, count: 202 })
    expect(room).toMatchObject({ count: 202, members: [] })
    expect(server.socket.of('join')).toHaveLength(1)
    server.socket.say({ ...change, version: 3, joined: [ann], left: [bob], count: 200 })
    expect(server.socket.of('join')).toHaveLength(2)
    expect(room).toMatchObject({ count: 200, members: [] })
  })
})

describe('typing', () => {
  it('is sent every 3 s at most, and only into a room that is joined', async () => {
    const { server, clock, room } = await startJoined()
    room.typing()
    room.typing()
    await clock.advance(2_999)
    room.typing()
    expect(server.socket.of('typing')).toEqual([{ type: 'typing', room: 'general' }])
    await clock.advance(1)
    room.typing()
    expect(server.socket.of('typing')).toHaveLength(2)
    server.socket.end()
    await clock.advance(5_000)
    server.socket.welcome()
    room.typing()
    expect(server.socket.of('typing')).toEqual([])
  })

  it('of others is told', async () => {
    const { server, room } = await startJoined()
    const seen: string[] = []
    const stop = room.on('typing', ({ name }) => seen.push(name))
    server.socket.say({ type: 'typing', room: 'general', user: { id: 'guest:bob', name: 'Bob' } })
    stop()
    stop()
    server.socket.say({ type: 'typing', room: 'general', user: { id: 'guest:bob', name: 'Bob' } })
    expect(seen).toEqual(['Bob'])
  })
})
