import { createHub, memoryLog, secret, systemClock } from '@hubbub/hub'
import { createClient } from '@hubbub/hub/client'
import { listen } from '@hubbub/hub/ws'
import { createServer, type Socket } from 'node:net'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { Peer } from '../support/peer.ts'
import { Inbox, reached } from './support/real.ts'

const options = { name: 'Ann', random: () => 0.5, backoff: { minMs: 20, maxMs: 40 } }

it("chats over the platform's own WebSocket", async () => {
  await using hub = createHub()
  const server = await listen(hub, { port: 0 })
  const watcher = new Peer(hub)
  await watcher.enter('Bob')
  await using client = createClient({ url: server.url, name: 'Ann' })
  const room = client.join('general')
  const inbox = new Inbox(room)
  await expect(room.publish('hello')).resolves.toMatchObject({ seq: 1 })
  await inbox.until('hello')
  await client.close()
  expect(client.state).toMatchObject({ status: 'closed', code: 1000 })
  expect(await watcher.until(() => watcher.of('presence').find(({ left }) => left.length > 0))).toMatchObject(
    { left: [{ id: 'guest:ann' }], count: 1 },
  )
})

it('finds its way back when the server restarts, and misses nothing of a log that stayed', async () => {
  const log = memoryLog({ clock: systemClock, secret })
  const first = createHub({ log })
  const { url, port } = await listen(first, { port: 0 })
  await using client = createClient({ url, ...options })
  const room = client.join('general')
  const inbox = new Inbox(room)
  await room.publish('before')
  const away = reached(client, 'waiting')
  await first.close({ windowMs: 0 })
  await away
  const kept = room.publish('kept')
  await using second = createHub({ log })
  await listen(second, { port })
  await second.post({
    room: 'general',
    id: 'b',
    text: 'meanwhile',
    author: { id: 'bot:b', name: 'b', kind: 'bot' },
  })
  await kept
  await inbox.until('kept')
  expect(inbox.lines).toEqual(['before', 'meanwhile', 'kept'])
  await client.close()
})

it('tries again where nobody listens, and where whoever listens speaks no WebSocket', async () => {
  const rude = createServer((socket: Socket) => {
    socket.end('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n')
    socket.on('error', () => undefined).resume()
  })
  rude.listen(0, '127.0.0.1')
  await once(rude, 'listening')
  const address = rude.address()
  const port = typeof address === 'object' && address ? address.port : 0
  await using client = createClient({ url: `ws://127.0.0.1:${port}`, ...options })
  await reached(client, 'waiting')
  rude.close()
  await once(rude, 'close')
  await reached(client, 'connecting')
  await reached(client, 'waiting')
  await using hub = createHub()
  await listen(hub, { port })
  await expect(client.ready).resolves.toMatchObject({ name: 'Ann' })
  await client.close()
})
