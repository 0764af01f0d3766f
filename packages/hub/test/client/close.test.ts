import { getEventListeners } from 'node:events'
import { createClient } from '@hubbub/hub/client'
import { VirtualClock } from '@hubbub/hub/testing'
import { describe, expect, it } from 'vitest'
import { FakeServer } from './support/fake-server.ts'
import { outcome, record, start, startJoined, startOnline } from './support/start.ts'

describe('close', () => {
  it('says goodbye with 1000 and waits for the socket to end', async () => {
    const { client, server, clock, log } = await startOnline()
    const closed = client.close()
    expect(client.state).toEqual({ status: 'closed', code: 1000, reason: 'the client was closed' })
    expect(server.socket.closedWith?.code).toBe(1000)
    expect(await outcome(clock, closed)).toBe('pending')
    server.socket.end(1000)
    await closed
    expect(log).toEqual(['closed 1000: the client was closed'])
  })

  it('does not wait for a server that does not answer for more than 2 s', async () => {
    const { client, clock } = await startOnline()
    const closed = client.close()
    await clock.advance(2_000)
    await closed
    expect(clock.pending).toBe(0)
  })

  it('settles everything and leaves no timer, handler or socket', async () => {
    const abort = new AbortController()
    const { client, server, clock, room, log } = await startJoined({ signal: abort.signal })
    record(room, log)
    const unready = client.join('other')
    const waits = [
      room.publish('hello'),
      unready.publish('hello'),
      room.history(),
      client.rooms(),
      unready.ready,
    ].map(promise => outcome(clock, promise))
    const leaving = room.leave()
    const closed = client.close()
    server.socket.end(1000)
    await closed
    await leaving
    expect(await Promise.all(waits)).toEqual(['closed', 'closed', 'not-joined', 'closed', 'closed'])
    expect(clock.pending).toBe(0)
    expect(server.socket).toMatchObject({ onopen: null, onmessage: null, onclose: null })
    expect(getEventListeners(abort.signal, 'abort')).toEqual([])
    const said = log.length
    abort.abort()
    await clock.advance(600_000)
    expect(server.sockets).toHaveLength(1)
    expect(log).toHaveLength(said)
  })

  it('may be called again, and by `await using`', async () => {
    const { client, clock } = await start()
    const first = client.close()
    const second = client[Symbol.asyncDispose]()
    await clock.advance(2_000)
    await Promise.all([first, second])
    await client.close()
  })

  it('ends an attempt, and a wait', async () => {
    const { client, server, clock } = await start()
    server.socket.end()
    await client.close()
    expect(clock.pending).toBe(0)
    await expect(client.ready).rejects.toMatchObject({ code: 'closed' })
    expect(client.join('general').name).toBe('general')
    await expect(client.join('general').ready).rejects.toMatchObject({ code: 'closed' })
    await expect(client.rooms()).rejects.toMatchObject({ code: 'closed' })
  })

  it('before the first attempt opens no socket', async () => {
    const clock = new VirtualClock()
    const server = new FakeServer()
    const client = createClient({ url: 'memory:', name: 'Ann', connect: server.connect, clock })
    await client.close()
    await clock.settle()
    expect(server.sockets).toEqual([])
    expect(clock.pending).toBe(0)
  })

  it('follows the signal', async () => {
    const abort = new AbortController()
    const { client, server, clock } = await startOnline({ signal: abort.signal })
    abort.abort()
    expect(client.state.status).toBe('closed')
    server.socket.end(1000)
    await client.close()
    expect(clock.pending).toBe(0)
    const never = await start({ signal: abort.signal })
    expect(never.server.sockets).toEqual([])
    expect(never.client.state.status).toBe('closed')
  })

  it('from a handler is as good as from anywhere', async () => {
    const { client, server, clock, log } = await start()
    client.on('state', ({ status }) => {
      if (status === 'online') void client.close()
    })
    server.socket.welcome()
    server.socket.end(1000)
    await client.close()
    expect(log).toEqual(['online as Ann', 'closed 1000: the client was closed'])
    expect(clock.pending).toBe(0)
  })

  it('by the server tells every room', async () => {
    const { server, clock, log, room } = await startJoined()
    server.socket.end(4403, 'you were banned')
    expect(log).toEqual(['left: you were banned', 'closed 4403: you were banned'])
    expect(await outcome(clock, room.publish('but'))).toBe('closed')
  })
})
