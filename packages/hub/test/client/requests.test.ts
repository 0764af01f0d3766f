import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { chats } from './support/fake-server.ts'
import { outcome, start, startJoined, startOnline } from './support/start.ts'

describe('history', () => {
  it('asks for a page and gives it', async () => {
    const { server, room } = await startJoined()
    const page = room.history({ before: 30, limit: 10 })
    const { id } = server.socket.last('history')
    expect(server.socket.last('history')).toEqual({
      type: 'history',
      id,
      room: 'general',
      before: 30,
      limit: 10,
    })
    server.socket.say({ type: 'history', id, room: 'general', messages: chats(20, 29), complete: false })
    await expect(page).resolves.toEqual({ messages: chats(20, 29), complete: false })
  })

  it('is asked again on the next connection, once the room is joined there', async () => {
    const { server, clock, room } = await startJoined()
    const page = room.history()
    server.socket.end()
    await clock.advance(250)
    server.socket.welcome()
    expect(server.socket.of('history')).toEqual([])
    server.socket.join({ recovered: true })
    const { id } = server.socket.last('history')
    server.socket.say({ type: 'history', id, room: 'general', messages: [], complete: true })
    await expect(page).resolves.toEqual({ messages: [], complete: true })
  })

  it('rejects with what the server says', async () => {
    const { server, room } = await startJoined()
    const page = room.history({ limit: 100 })
    const { id } = server.socket.last('history')
    server.socket.say({ type: 'error', id, code: 'bad-request', field: 'limit', message: 'limit must be …' })
    await expect(page).rejects.toMatchObject({ code: 'bad-request', field: 'limit' })
  })
})

describe('a request', () => {
  it('waits for its answer 10 s at most, connection or not', async () => {
    const { client, clock } = await start()
    const rooms = client.rooms()
    await clock.advance(9_999)
    expect(await outcome(clock, rooms)).toBe('pending')
    await clock.advance(1)
    await expect(rooms).rejects.toMatchObject({
      code: 'timeout',
      message: 'rooms had no answer within 10 s',
    })
  })

  it('ends with its signal', async () => {
    const { client, server } = await startOnline()
    const abort = new AbortController()
    const rooms = client.rooms({ signal: abort.signal })
    abort.abort('closed the dialog')
    await expect(rooms).rejects.toBe('closed the dialog')
    await expect(client.rooms({ signal: abort.signal })).rejects.toBe('closed the dialog')
    expect(server.socket.of('rooms')).toHaveLength(1)
  })

  it('ends with its signal wherever it waits: in the line, for its room, without connection', async () => {
    const { client, server, clock, room } = await startJoined()
    const unready = client.join('other')
    const abort = new AbortController()
    const { signal } = abort
    const asked = () => [room.history({ signal }), unready.history({ signal }), client.rooms({ signal })]
    const waits = Array.from({ length: 10 }, asked).flat()
    server.socket.end()
    waits.push(...asked())
    const outcomes = waits.map(promise => outcome(clock, promise))
    const before = clock.pending
    abort.abort('never mind')
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['never mind']))
    // Each had a deadline, which is gone with it.
    expect(clock.pending).toBe(before - waits.length)
    expect(getEventListeners(signal, 'abort')).toEqual([])
    expect(await outcome(clock, room.history({ signal }))).toBe('never mind')
    await clock.advance(250)
    server.socket.welcome().join()
    expect(server.socket.of('history')).toEqual([])
    expect(server.socket.of('rooms')).toEqual([])
  })

  it('made before the client is welcome is asked then', async () => {
    const { client, server } = await start()
    const rooms = client.rooms()
    server.socket.welcome()
    const { id } = server.socket.last('rooms')
    server.socket.say({ type: 'rooms', id, rooms: [{ name: 'general', count: 2 }] })
    await expect(rooms).resolves.toEqual([{ name: 'general', count: 2 }])
  })
})
