/** What is opened, used and closed, each in a process of its own. */
import { createServer } from 'node:http'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createHub, type Hub, memoryLog, type MessageLog, secret, systemClock } from '@hubbub/hub'
import { type Client, type ClientOptions, type ClientSocket, createClient } from '@hubbub/hub/client'
import { memoryTransport } from '@hubbub/hub/memory'
import { sqliteLog } from '@hubbub/hub/sqlite'
import { acceptStream, listenStream, streamTransport } from '@hubbub/hub/stream'
import { attach, listen } from '@hubbub/hub/ws'
import { WebSocket } from 'ws'

/** Resolves when everything is closed again. `folder` is for files. */
export type Case = (folder: string) => Promise<void>

type Dial = Pick<ClientOptions, 'url' | 'connect'>

/** Three clients join, each publishes, and each has seen all three. */
async function chat(dial: Dial): Promise<readonly Client[]> {
  const clients = ['Ann', 'Bob', 'Cid'].map(name => createClient({ ...dial, name }))
  const rooms = clients.map(client => client.join('general'))
  const heard = rooms.map(room => {
    const all = Promise.withResolvers<void>()
    let count = 0
    room.on('delivery', () => {
      count += 1
      if (count === clients.length) all.resolve()
    })
    return all.promise
  })
  await Promise.all(rooms.map(({ ready }) => ready))
  await Promise.all(rooms.map(room => room.publish('hello')))
  await Promise.all(heard)
  return clients
}

/** Who closes first must not matter. */
const orders = {
  'clients first': async (hub: Hub, clients: readonly Client[]): Promise<void> => {
    await Promise.all(clients.map(client => client.close()))
    await hub.close()
  },
  'hub first': async (hub: Hub, clients: readonly Client[]): Promise<void> => {
    await hub.close()
    await Promise.all(clients.map(client => client.close()))
  },
} as const

/** A case for each order of closing. */
const inBothOrders = (
  name: string,
  open: (hub: Hub, folder: string) => Dial | Promise<Dial>,
  openLog?: (folder: string) => MessageLog,
): Readonly<Record<string, Case>> =>
  Object.fromEntries(
    Object.entries(orders).map(([order, close]) => [
      `${name}, ${order}`,
      async folder => {
        const log = openLog?.(folder)
        const hub = createHub(log ? { log } : {})
        const clients = await chat(await open(hub, folder))
        await close(hub, clients)
        await log?.close()
      },
    ]),
  )

const overMemory = (hub: Hub): Dial => ({ url: 'memory:', connect: memoryTransport(hub) })

/** Without the platform's WebSocket: the package's. */
const viaWs = (url: string): ClientSocket =>
  new WebSocket(url, 'hubbub.v1') as Pick<WebSocket, 'send' | 'close'> as ClientSocket

const overWs = async (hub: Hub, compress = false): Promise<Dial> => {
  const { url } = await listen(hub, { port: 0, compress })
  return { url, connect: viaWs }
}

/** Parent and child chat over this process's standard input and output. */
const stdio =
  (end: boolean): Case =>
  async () => {
    const hub = createHub()
    const published = Promise.withResolvers<void>()
    hub.use(async ({ request }, next) => {
      await next()
      if (request.type === 'publish') published.resolve()
    })
    const { closed } = acceptStream(hub, { readable: process.stdin, writable: process.stdout }, { end })
    await published.promise
    await hub.close()
    await closed
  }

async function useLog(log: MessageLog): Promise<void> {
  const author = { id: 'u', name: 'U', kind: 'user' } as const
  await log.append('general', [{ id: 'm', author, text: 'hello' }])
  await log.read('general', { limit: 10 })
  await log.close()
}

export const cases: Readonly<Record<string, Case>> = {
  ...inBothOrders('memory', overMemory),
  ...inBothOrders('ws', hub => overWs(hub)),
  ...inBothOrders('ws with compression', hub => overWs(hub, true)),
  ...inBothOrders("the client SDK over the platform's WebSocket", async hub => {
    const { url } = await listen(hub, { port: 0 })
    return { url }
  }),
  ...inBothOrders('stream over TCP', async hub => {
    const { address } = await listenStream(hub, { port: 0 })
    return { url: 'stream:', connect: streamTransport(() => connect(address)) }
  }),
  ...inBothOrders('stream over a Unix socket', async (hub, folder) => {
    const { address } = await listenStream(hub, { path: join(folder, 'chat.sock') })
    return { url: 'stream:', connect: streamTransport(() => connect(address)) }
  }),
  ...inBothOrders(
    'ws with a SQLite log',
    hub => overWs(hub),
    folder => sqliteLog({ path: join(folder, 'chat.db') }),
  ),
  'standard input and output, ended': stdio(true),
  'standard input and output, left to the program': stdio(false),
  'memory log': () => useLog(memoryLog({ clock: systemClock, secret })),
  'sqlite log': folder => useLog(sqliteLog({ path: join(folder, 'chat.db') })),
  async 'ws on a server of the caller'() {
    const hub = createHub()
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    attach(hub, server)
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const clients = await chat({
      url: `ws://127.0.0.1:${port}`,
      connect: viaWs,
    })
    await orders['clients first'](hub, clients)
    server.close()
    await once(server, 'close')
  },
  async 'sockets that never said a word'() {
    const hub = createHub()
    const { host, port } = await listen(hub, { port: 0 })
    const { address } = await listenStream(hub, { port: 0 })
    const sockets = [connect({ host, port }), connect(address)]
    const closed = sockets.map(socket => once(socket.resume(), 'close'))
    await Promise.all(sockets.map(socket => once(socket, 'connect')))
    await hub.close()
    await Promise.all(closed)
  },
  async 'a client that waits for its next attempt'() {
    const hub = createHub()
    const { url } = await listen(hub, { port: 0 })
    await hub.close()
    const client = createClient({
      url,
      name: 'Ann',
      random: () => 1,
      backoff: { minMs: 60_000, maxMs: 60_000 },
    })
    const waiting = Promise.withResolvers<void>()
    client.on('state', ({ status }) => {
      if (status === 'waiting') waiting.resolve()
    })
    await waiting.promise
    await client.close()
  },
}

/** Cases that leave something. */
export const twins: Readonly<Record<string, Case>> = {
  async 'a timer is left'() {
    const hub = createHub()
    await orders['clients first'](hub, await chat(overMemory(hub)))
    setInterval(() => {}, 1_000)
  },
  async 'a client is left'() {
    const hub = createHub()
    const [left, ...others] = await chat(await overWs(hub))
    await Promise.all(others.map(client => client.close()))
    await hub.close()
    // It tries again and again.
    console.error(left?.state.status)
  },
  async 'a hub is left'() {
    const hub = createHub()
    const clients = await chat(await overWs(hub))
    await Promise.all(clients.map(client => client.close()))
  },
}
