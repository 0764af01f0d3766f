import { createHub, type Hub } from '@hubbub/hub'
import { isOriginAllowed, listen, type ListenOptions } from '@hubbub/hub/ws'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
}

async function start(options: ListenOptions = {}, hub: Hub = createHub()) {
  const server = await listen(hub, { port: 0, ...options })
  return { hub, server, [Symbol.asyncDispose]: () => hub.close() }
}

/** Opens a WebSocket, or says with which HTTP status it was refused. */
async function open(
  url: string,
  headers: Record<string, string> = {},
  protocols: string[] = [],
): Promise<WebSocket | Answer> {
  const socket = new WebSocket(url, protocols, { headers })
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket | Answer>()
  socket.once('open', () => resolve(socket))
  socket.once('unexpected-response', (_request, response) => {
    response.resume()
    resolve({ status: response.statusCode ?? 0, headers: response.headers })
  })
  socket.once('error', reject)
  return promise
}

async function connected(url: string): Promise<WebSocket> {
  const socket = await open(url)
  if (!(socket instanceof WebSocket)) throw new Error('refused')
  const inbox: Record<string, unknown>[] = []
  inboxes.set(socket, inbox)
  socket.on('message', (data: Buffer) => inbox.push(JSON.parse(data.toString()) as Record<string, unknown>))
  return socket
}

const say = (socket: WebSocket, ...messages: object[]) => {
  for (const message of messages) socket.send(JSON.stringify(message))
}

const inboxes = new WeakMap<WebSocket, Record<string, unknown>[]>()

/** The next frame of one type; frames in between are passed over, none is lost. */
async function received(socket: WebSocket, type: string): Promise<Record<string, unknown>> {
  const inbox = inboxes.get(socket) ?? []
  for (;;) {
    const frame = inbox.shift()
    if (frame?.['type'] === type) return frame
    if (!frame) await once(socket, 'message')
  }
}

/** How many the process has of what begins with this; Node lists what is closed for a turn or two. */
const resources = (kind: string) =>
  process.getActiveResourcesInfo().filter(name => name.startsWith(kind)).length

describe('the upgrade', () => {
  it('takes a client that offers hubbub.v1, and one that offers nothing', async () => {
    await using setup = await start()
    const first = await open(setup.server.url, {}, ['other', 'hubbub.v1'])
    expect(first).toMatchObject({ protocol: 'hubbub.v1' })
    expect(await open(setup.server.url)).toMatchObject({ protocol: '' })
  })

  it('refuses a client that offers only other protocols with 400', async () => {
    await using setup = await start()
    expect(await open(setup.server.url, {}, ['graphql-ws'])).toMatchObject({ status: 400 })
  })

  it('refuses a foreign web page with 403, unless it is allowed', async () => {
    await using setup = await start({ origins: ['https://chat.example'] })
    expect(await open(setup.server.url, { origin: 'https://evil.example' })).toMatchObject({ status: 403 })
    expect(await open(setup.server.url, { origin: 'null' })).toMatchObject({ status: 403 })
    expect(await open(setup.server.url, { origin: 'https://chat.example' })).toBeInstanceOf(WebSocket)
  })

  it('refuses more connections than are admitted with 429 and says when to come again', async () => {
    await using setup = await start({ admit: ({ address }) => (address ? { retryAfterMs: 1_200 } : true) })
    expect(await open(setup.server.url)).toMatchObject({ status: 429, headers: { 'retry-after': '2' } })
  })

  it('refuses another path with 404', async () => {
    await using setup = await start({ path: '/chat' })
    expect(await open(`${setup.server.url}/other`)).toMatchObject({ status: 404 })
    expect(await open(`${setup.server.url}/chat?x=1`)).toBeInstanceOf(WebSocket)
  })

  it('tells a browser that comes by HTTP what this is', async () => {
    await using setup = await start()
    const [response] = (await once(get(setup.server.url.replace('ws:', 'http:')), 'response')) as [
      IncomingMessage,
    ]
    response.resume()
    expect(response.statusCode).toBe(426)
  })
})

it('decides about origins', () => {
  expect(isOriginAllowed(undefined, 'localhost:4480', [])).toBe(true)
  expect(isOriginAllowed('http://localhost:4480', 'localhost:4480', [])).toBe(true)
  expect(isOriginAllowed('http://[::1]:4480', '[::1]:4480', [])).toBe(true)
  expect(isOriginAllowed('http://localhost:3000', 'localhost:4480', [])).toBe(false)
  // A name can be pointed at this machine by whoever owns it.
  expect(isOriginAllowed('http://rebound.example:4480', 'rebound.example:4480', [])).toBe(false)
  expect(isOriginAllowed('https://a.example', 'b', ['https://a.example/'])).toBe(true)
  expect(isOriginAllowed('https://a.example', 'b', ['*'])).toBe(true)
})

it('carries texts of every length that has a header of its own', async () => {
  await using setup = await start({}, createHub({ limits: { frameBytes: 64 * 1024 } }))
  const socket = await connected(setup.server.url)
  say(socket, { type: 'hello', id: 'h', name: 'Ann' }, { type: 'join', id: 'j', room: 'general' })
  await received(socket, 'joined')
  for (const length of [1, 200, 4_000]) {
    say(socket, { type: 'publish', id: `m${length}`, room: 'general', text: '€'.repeat(length) })
    expect(await received(socket, 'message')).toMatchObject({ text: '€'.repeat(length) })
  }
  for (let n = 0; n < 20; n += 1)
    say(socket, { type: 'publish', id: `n${n}`, room: 'general', text: '€'.repeat(3_999) })
  await received(socket, 'message')
  say(socket, { type: 'history', id: 'all', room: 'general', limit: 200 })
  const history = await received(socket, 'history')
  expect(JSON.stringify(history).length).toBeGreaterThan(65_536)
})

it('closes a frame over the limit with 1009, a binary one with 1003, broken UTF-8 with 1007', async () => {
  await using setup = await start()
  const closes = async (send: (socket: WebSocket) => void) => {
    const socket = await connected(setup.server.url)
    send(socket)
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer]
    return [code, reason.toString()]
  }
  expect(await closes(socket => socket.send('x'.repeat(32_769)))).toEqual([
    1009,
    'a frame has at most 32768 bytes',
  ])
  expect((await closes(socket => socket.send('x'.repeat(1_000_000))))[0]).toBe(1009)
  expect((await closes(socket => socket.send(Buffer.from('{}'))))[0]).toBe(1003)
  expect((await closes(socket => socket.send(Buffer.from([0xff]), { binary: false })))[0]).toBe(1007)
})

it('survives a peer that is cut off in the middle of everything', async () => {
  await using setup = await start()
  const raw = connect(setup.server.port, '127.0.0.1')
  await once(raw, 'connect')
  raw.write('GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n')
  raw.resetAndDestroy()
  const socket = await connected(setup.server.url)
  say(socket, { type: 'hello', id: 'h', name: 'Ann' })
  await received(socket, 'welcome')
  socket.terminate()
  const next = await connected(setup.server.url)
  say(next, { type: 'hello', id: 'h', name: 'Bob' })
  await received(next, 'welcome')
})

it('stops with the hub: 1012 to everybody, and nothing listens any more', async () => {
  const before = resources('TCP')
  const { hub, server } = await start()
  const socket = await connected(server.url)
  const closed = once(socket, 'close')
  await hub.close()
  expect((await closed)[0]).toBe(1012)
  await expect(open(server.url)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  await vi.waitFor(() => expect(resources('TCP')).toBeLessThanOrEqual(before))
})

it('says which port is taken', async () => {
  await using setup = await start()
  const hub = createHub()
  await expect(listen(hub, { port: setup.server.port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  await hub.close()
})

it('does nothing more for a client that broke a rule, although it goes on sending', async () => {
  await using setup = await start()
  const [ann, bob] = [await connected(setup.server.url), await connected(setup.server.url)]
  say(bob, { type: 'hello', id: 'h', name: 'Bob' }, { type: 'join', id: 'j', room: 'general' })
  await received(bob, 'joined')
  say(ann, { type: 'hello', id: 'h', name: 'Ann' }, { type: 'join', id: 'j', room: 'general' })
  await received(ann, 'joined')
  ann.send(Buffer.from('{}'))
  say(ann, { type: 'publish', id: 'zombie', room: 'general', text: 'after the end' })
  await once(ann, 'close')
  say(bob, { type: 'publish', id: 'last', room: 'general', text: 'alive' })
  expect(await received(bob, 'message')).toMatchObject({ seq: 1, text: 'alive' })
})

it('lets go of what it refused, although the peer keeps its half open', async () => {
  await using setup = await start()
  const raw = connect({ port: setup.server.port, host: '127.0.0.1', allowHalfOpen: true })
  const answer: Buffer[] = []
  raw.on('data', (part: Buffer) => answer.push(part))
  raw.write(
    'GET / HTTP/1.1\r\nHost: x\r\nOrigin: http://evil.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  )
  await once(raw, 'end')
  expect(Buffer.concat(answer).toString()).toContain('403')
  raw.on('error', () => {})
  const { promise: gone, resolve } = Promise.withResolvers<unknown>()
  raw.once('close', resolve)
  // The server has destroyed its side: what is written now is answered with a reset.
  raw.write('x')
  raw.write('x')
  await gone
})

it('closes within the deadline, whoever is connected and silent', async () => {
  const { hub, server } = await start()
  const idle = connect(server.port, '127.0.0.1')
  idle.on('error', () => {})
  await once(idle, 'connect')
  const deaf = await connected(server.url)
  deaf.pause()
  const began = performance.now()
  await hub.close({ windowMs: 0, deadlineMs: 100 })
  expect(performance.now() - began).toBeLessThan(1_500)
  idle.destroy()
  deaf.terminate()
})

// A server that was being bound when the hub closed was not there yet for `close` to close it, and listened for ever.
it('does not begin to listen for a hub that stops', async () => {
  const hub = createHub()
  const before = resources('TCP')
  const [listening] = await Promise.allSettled([listen(hub, { port: 0 }), hub.close()])
  expect(listening).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } })
  await expect(listen(hub, { port: 0 })).rejects.toMatchObject({ code: 'unavailable' })
  await vi.waitFor(() => expect(resources('TCP')).toBeLessThanOrEqual(before))
})
