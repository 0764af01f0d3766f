import { createHub, type Scheduler } from '@hubbub/hub'
import { type Connect, createClient } from '@hubbub/hub/client'
import { memoryTransport } from '@hubbub/hub/memory'
import { VirtualClock } from '@hubbub/hub/testing'
import { describe, expect, it } from 'vitest'
import type { FakeServer } from './support/fake-server.ts'
import { start, startOnline } from './support/start.ts'

/** The server refuses the newest `hello` because somebody has the name. */
function taken({ socket }: FakeServer): void {
  const { id } = socket.last('hello')
  socket.say({ type: 'error', id, code: 'forbidden', field: 'name', message: 'taken' })
}

const neverAsked = (): undefined => {
  throw new Error('asked for another name')
}

// A `welcome` that was lost on the way left the name with a session whose secret nobody knew: the next `hello` was
// refused over it, which closed the client for good, or gave its user another name than the one that was their own.
describe('a name that is kept for a connection that is gone', () => {
  it('is tried again after a hello without an answer, without a word about it', async () => {
    const { client, server, clock, log } = await start({ onNameTaken: neverAsked })
    server.socket.onopen?.()
    server.socket.end()
    for (const wait of [125, 250]) {
      await clock.advance(wait)
      server.socket.onopen?.()
      taken(server)
    }
    expect(client.state).toMatchObject({
      status: 'waiting',
      reason: 'the name Ann is kept for a connection that is gone, most likely ours',
    })
    await clock.advance(500)
    server.socket.welcome()
    expect(client.state.status).toBe('online')
    expect(log.filter(line => line.startsWith('error'))).toEqual([])
  })

  it('is tried again where it was accepted before, as long as a server may keep it', async () => {
    const { client, server, clock } = await startOnline({ backoff: { minMs: 1_000, maxMs: 1_000 } })
    server.socket.end()
    for (let ms = 500; ms < 180_000; ms += 500) {
      await clock.advance(500)
      server.socket.onopen?.()
      taken(server)
      expect(client.state.status).toBe('waiting')
    }
    await clock.advance(500)
    server.socket.onopen?.()
    taken(server)
    expect(client.state).toMatchObject({ status: 'closed', code: 4403, reason: 'taken' })
  })

  it('is asked about once it is certainly somebody else who has it', async () => {
    const { server, clock } = await startOnline({ onNameTaken: name => `${name}-2` })
    for (let n = 0; n < 12; n += 1) {
      server.socket.end()
      await clock.advance(15_000)
    }
    server.socket.onopen?.()
    taken(server)
    expect(server.socket.of('hello').map(({ name }) => name)).toEqual(['Ann', 'Ann-2'])
  })

  it('is not what an attempt without an open connection leaves behind', async () => {
    const { client, server, clock } = await start()
    server.socket.end()
    await clock.advance(125)
    server.socket.onopen?.()
    taken(server)
    expect(client.state).toMatchObject({ status: 'closed', code: 4403 })
  })

  it('is free again when the hub has let its session go', async () => {
    const clock = new VirtualClock()
    const scheduler: Scheduler = { defer: task => clock.setTimer(task, 1) }
    const hub = createHub({ clock, scheduler })
    let cuts = 1
    const connect: Connect = url => {
      const socket = memoryTransport(hub, { scheduler })(url)
      const send = socket.send.bind(socket)
      // The network breaks behind the first `hello`: the hub takes it, and its `welcome` finds nobody.
      if (cuts-- > 0)
        socket.send = text => {
          send(text)
          socket.close(1006)
          socket.onclose?.({ code: 1006, reason: '' })
        }
      return socket
    }
    const client = createClient({ url: 'memory:', name: 'Ann', clock, random: () => 0.5, connect })
    await clock.advance(100_000)
    expect(hub.stats().identities).toBe(1)
    expect(client.state.status).toBe('waiting')
    await clock.advance(30_000)
    expect(client.state).toMatchObject({ status: 'online', resumed: false, user: { name: 'Ann' } })
    void client.close()
    void hub.close({ windowMs: 0 })
    await clock.advance(10_000)
    expect(clock.pending).toBe(0)
  })
})

// The exception of an application's `onNameTaken` came out of the socket's handler: nobody caught it, and the client
// stayed `connecting` for ever.
describe('an onNameTaken', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('no idea')
      },
      'no idea',
    ],
    [
      'returns what is no name',
      () => ' ',
      'a name must be 1–32 characters, none of them control, bidi or zero-width, got a string of 1 characters',
    ],
  ])('that %s ends the client, and is told as the cause', async (_what, onNameTaken, message) => {
    const { client, server, clock, log } = await start({ onNameTaken })
    server.socket.onopen?.()
    taken(server)
    expect(log).toEqual([
      'error forbidden: taken (onNameTaken failed)',
      'closed 4403: taken (onNameTaken failed)',
    ])
    await expect(client.ready).rejects.toMatchObject({ code: 'forbidden', field: 'name', cause: { message } })
    expect(server.socket.of('hello')).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })
})
