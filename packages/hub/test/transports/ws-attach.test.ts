import { createHub } from '@hubbub/hub'
import { attach } from '@hubbub/hub/ws'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'

/** A server of the caller, to which a hub is attached. */
async function attached(hub = createHub()) {
  const server = createServer()
  const detach = attach(hub, server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    hub,
    server,
    detach,
    connections: promisify(server.getConnections.bind(server)),
    open: async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}`)
      await once(socket, 'open')
      return socket
    },
    [Symbol.dispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}

const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length

// `close` had nothing to do with the server of the caller: its listener stayed, and so did the socket of a peer
// that reads nothing, with the timer of its closing handshake, when `close` said that nothing was left.
it.each([
  { peer: 'reads', deadlineMs: 10_000 },
  { peer: 'is deaf', deadlineMs: 100 },
  { peer: 'is deaf', deadlineMs: 10_000 },
])(
  'leaves nothing there when the hub closes: the peer $peer, $deadlineMs ms',
  async ({ peer, deadlineMs }) => {
    using setup = await attached()
    const { hub, server, connections, open } = setup
    const socket = await open()
    if (peer === 'is deaf') socket.pause()
    const before = timers()
    await hub.close({ windowMs: 0, deadlineMs })
    expect(await connections()).toBe(0)
    expect(server.listenerCount('upgrade')).toBe(0)
    expect(server.listening).toBe(true)
    expect(timers()).toBeLessThanOrEqual(before)
    socket.terminate()
  },
)

it('keeps the connections that are there when it is detached, until the hub closes', async () => {
  using setup = await attached()
  const { hub, server, detach, connections, open } = setup
  const socket = await open()
  detach()
  expect(server.listenerCount('upgrade')).toBe(0)
  socket.send(JSON.stringify({ type: 'ping', id: 'p' }))
  const [pong] = (await once(socket, 'message')) as [Buffer]
  expect(JSON.parse(pong.toString())).toEqual({ type: 'pong', id: 'p' })
  const closed = once(socket, 'close')
  await hub.close({ windowMs: 0 })
  expect((await closed)[0]).toBe(1012)
  expect(await connections()).toBe(0)
})

it('takes nothing from a server to which it is attached too late', async () => {
  const hub = createHub()
  await hub.close()
  using setup = await attached(hub)
  expect(setup.server.listenerCount('upgrade')).toBe(0)
})
