import { createHub, memoryLog, type MessageLog, secret, systemClock } from '@hubbub/hub'
import { type Client, createClient } from '@hubbub/hub/client'
import { memoryTransport } from '@hubbub/hub/memory'
import { describe, expect, it } from 'vitest'
import { reached } from './support/real.ts'
import { outcome, startJoined, startOnline } from './support/start.ts'

const rooms = (count: number): string[] => Array.from({ length: count }, (_, index) => `room-${index + 1}`)
const joinAll = (client: Client, count: number) => rooms(count).map(name => client.join(name))

// All rooms were joined at once when a connection was up, while a server lets 64 frames of a session wait: a third of
// a hundred joins was refused, and over a log that takes its time the client was closed as a flood, for ever.
describe('requests', () => {
  it('take turns: at most 24 of them wait for an answer, in the order in which they were made', async () => {
    const { client, server, room } = await startJoined()
    joinAll(client, 30)
    const page = room.history({ limit: 1 })
    void client.rooms().catch(() => undefined)
    const asked = () => server.socket.sent.slice(2).map(({ type }) => type)
    expect(asked()).toEqual(Array.from({ length: 24 }, () => 'join'))
    const answer = (nth: number) => {
      const { id, room: name } = server.socket.of('join')[nth] ?? { id: '', room: '' }
      server.socket.join({ id, room: name })
    }
    for (let n = 1; n <= 6; n += 1) answer(n)
    expect(asked()).toHaveLength(30)
    answer(7)
    expect(asked().at(-1)).toBe('history')
    const { id } = server.socket.last('history')
    server.socket.say({ type: 'error', id, code: 'internal', message: 'no' })
    await expect(page).rejects.toMatchObject({ code: 'internal' })
    expect(asked().at(-1)).toBe('rooms')
  })

  it('that nobody waits for any more are not sent, and keep their turn where they were', async () => {
    const { client, server, clock, room } = await startJoined()
    const abort = new AbortController()
    const { signal } = abort
    const pages = Array.from({ length: 25 }, () => outcome(clock, room.history({ signal })))
    const [under] = server.socket.of('history')
    abort.abort('never mind')
    expect(await Promise.all(pages)).toEqual(Array.from({ length: 25 }, () => 'never mind'))
    const list = outcome(clock, client.rooms())
    expect(server.socket.of('history')).toHaveLength(24)
    expect(server.socket.of('rooms')).toEqual([])
    server.socket.say({ type: 'history', id: under?.id ?? '', room: 'general', messages: [], complete: true })
    expect(server.socket.of('rooms')).toHaveLength(1)
    expect(await list).toBe('pending')
  })

  it('wait for no answer that was lost with its connection', async () => {
    const { client, server, clock } = await startOnline()
    joinAll(client, 30)
    expect(server.socket.of('join')).toHaveLength(24)
    server.socket.end()
    await clock.advance(125)
    server.socket.welcome()
    expect(server.socket.of('join').map(({ room }) => room)).toEqual(rooms(24))
  })

  it('of a server that is slow are repeated less and less, and the first answer will do', async () => {
    const { client, server, clock } = await startOnline()
    const [slow] = joinAll(client, 24)
    await clock.advance(10_000)
    expect(server.socket.of('join')).toHaveLength(24)
    const [first] = server.socket.of('join')
    server.socket.join({ id: first?.id ?? '', room: 'room-1' })
    await slow?.ready
    expect(server.socket.of('join').map(({ room }) => room)).toEqual([...rooms(24), 'room-2'])
    server.socket.say({
      type: 'error',
      id: server.socket.last('join').id,
      code: 'unavailable',
      message: 'slow',
    })
    await clock.advance(19_000)
    expect(server.socket.of('join').filter(({ room }) => room === 'room-2')).toHaveLength(2)
  })
})

describe('a client with a hundred rooms', () => {
  it.each([0, 2])('joins all of them, twice, over a log that takes %i ms', async ms => {
    const kept = memoryLog({ clock: systemClock, secret })
    const read: MessageLog['read'] = async (room, range) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      systemClock.setTimer(resolve, ms)
      await promise
      return kept.read(room, range)
    }
    await using hub = createHub({ log: ms === 0 ? kept : { ...kept, read } })
    let joins = 0
    let cut = (): void => {}
    await using client = createClient({
      url: 'memory:',
      name: 'Ann',
      random: () => 0,
      connect: url => {
        const socket = memoryTransport(hub)(url)
        const send = socket.send.bind(socket)
        socket.send = text => {
          if (text.startsWith('{"type":"join"')) joins += 1
          send(text)
        }
        cut = () => {
          socket.close(1006)
        }
        return socket
      },
    })
    const all = joinAll(client, 100)
    await Promise.all(all.map(({ ready }) => ready))
    cut()
    await reached(client, 'waiting')
    await Promise.all(
      all.map(room => {
        const { promise, resolve } = Promise.withResolvers<void>()
        room.on('joined', () => {
          resolve()
        })
        return promise
      }),
    )
    // One that the server had refused would have been sent again.
    expect(joins).toBe(200)
  })
})
