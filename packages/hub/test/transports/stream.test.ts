import { createHub } from '@hubbub/hub'
import { createClient } from '@hubbub/hub/client'
import { acceptStream, listenStream, streamTransport } from '@hubbub/hub/stream'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { duplexPair, PassThrough } from 'node:stream'
import { afterAll, describe, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'hubbub-stream-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** A hub and a raw stream to it. */
function open(limits = {}) {
  const hub = createHub({ limits })
  const [stream, theirs] = duplexPair()
  const accepted = acceptStream(hub, theirs)
  let text = ''
  stream.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  stream.once('end', () => stream.end())
  const lines = () =>
    text
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line) as Record<string, unknown>)
  return {
    hub,
    stream,
    accepted,
    lines,
    /** The first line of a type. */
    async line(type: string) {
      for (;;) {
        const found = lines().find(each => each['type'] === type)
        if (found) return found
        await once(stream, 'data')
      }
    },
    [Symbol.asyncDispose]: () => hub.close({ windowMs: 0 }),
  }
}

const hello = '{"type":"hello","id":"h","name":"Ann"}'

describe('a line', () => {
  it('ends with LF or CR LF, may come in any pieces, and may be empty', async () => {
    await using chat = open()
    for (const byte of Buffer.from(`\r\n\n${hello}\r\n`)) chat.stream.write(Buffer.of(byte))
    chat.stream.write('{"type":"join","id":"j","room":"general"}\n{"type":"publish","id":"m",')
    chat.stream.write('"room":"general","text":"h€llo \u2028"}\n')
    expect(await chat.line('message')).toMatchObject({ seq: 1, text: 'h€llo \u2028' })
  })

  it('has at most the limit of bytes, its end left out', async () => {
    await using chat = open({ frameBytes: 100 })
    chat.stream.write(`${hello.padEnd(100)}\r\n`)
    await chat.line('welcome')
    chat.stream.write(`${hello.padEnd(101)}\n`)
    expect(await chat.line('close')).toEqual({
      type: 'close',
      code: 1009,
      reason: 'a frame has at most 100 bytes',
    })
    chat.stream.end()
    expect(await chat.accepted.closed).toMatchObject({ code: 1009 })
  })

  it('that never ends is refused as soon as it is too long', async () => {
    await using chat = open({ frameBytes: 100 })
    chat.stream.write('x'.repeat(102))
    expect(await chat.line('close')).toMatchObject({ code: 1009 })
    chat.stream.end()
  })

  it('that is not UTF-8 closes with 1007', async () => {
    await using chat = open()
    chat.stream.write(Buffer.from([0x22, 0xff, 0x22, 0x0a]))
    expect(await chat.line('close')).toMatchObject({ code: 1007, reason: 'a frame is UTF-8' })
    chat.stream.end()
  })

  it('that says close ends the session with its code, and nothing behind it is read', async () => {
    await using chat = open()
    chat.stream.write(`${hello}\n`)
    await chat.line('welcome')
    chat.stream.end('{"type":"close","code":1000,"reason":"bye"}\n{"type":"ping","id":"late"}\n')
    expect(await chat.accepted.closed).toEqual({ code: 1000, reason: 'bye' })
    expect(chat.hub.stats()).toMatchObject({ sessions: 0, identities: 0 })
    expect(chat.lines().map(({ type }) => type)).toEqual(['welcome'])
  })

  it.each([
    ['{"type":"close"}', 1005],
    ['{"type":"close","code":99,"reason":7}', 1005],
    ['', 1006],
    [hello, 1006],
  ])('%j and then the end of the stream is code %i', async (last, code) => {
    await using chat = open()
    chat.stream.end(last === hello ? last : `${last}\n`)
    expect(await chat.accepted.closed).toEqual({ code, reason: '' })
  })
})

it('leaves standard input and output to the caller where it is told to', async () => {
  const hub = createHub()
  const [readable, writable] = [new PassThrough(), new PassThrough()]
  const { closed } = acceptStream(hub, { readable, writable }, { end: false })
  readable.write(`${hello}\n`)
  await once(writable, 'data')
  await hub.close({ windowMs: 0 })
  expect(await closed).toMatchObject({ code: 1012 })
  expect([readable.destroyed, writable.destroyed, writable.writableEnded]).toEqual([false, false, false])
  expect([readable, writable].flatMap(stream => stream.listeners('error'))).toEqual([])
})

// The first connection leaves its streams paused, and a stream that was paused is not read for a listener alone: the
// second connection over the same standard input heard nothing.
it('takes a stream again that another connection has left', async () => {
  const readable = new PassThrough()
  for (const name of ['Ann', 'Bob']) {
    const hub = createHub()
    const writable = new PassThrough()
    const { closed } = acceptStream(hub, { readable, writable }, { end: false })
    readable.write(`{"type":"hello","id":"h","name":"${name}"}\n`)
    const [data] = (await once(writable, 'data')) as [Buffer]
    expect(data.toString()).toContain(`"name":"${name}"`)
    await hub.close({ windowMs: 0 })
    await closed
  }
})

it.each([true, false])('is closed at once by a hub that is stopping (end: %j)', async end => {
  const hub = createHub()
  const stopped = hub.close()
  const writable = new PassThrough()
  const { closed } = acceptStream(hub, { readable: new PassThrough().end(), writable }, { end })
  writable.resume()
  expect(await closed).toEqual({ code: 1012, reason: 'the server is stopping' })
  await stopped
})

it('refuses streams that do not carry bytes', async () => {
  await using hub = createHub()
  expect(() => acceptStream(hub, new PassThrough({ objectMode: true }))).toThrow(TypeError)
  expect(() => acceptStream(hub, new PassThrough().setEncoding('utf8'))).toThrow(TypeError)
})

it('ends the connection when a stream fails, and nothing else', async () => {
  await using chat = open()
  const broken = new PassThrough()
  const { closed } = acceptStream(chat.hub, { readable: broken, writable: new PassThrough() })
  broken.destroy(new Error('cable'))
  expect(await closed).toEqual({ code: 1006, reason: '' })
  chat.stream.write(`${hello}\n`)
  await chat.line('welcome')
})

describe.each([['a Unix socket'], ['TCP']])('over %s', kind => {
  let sockets = 0
  const address = () => (kind === 'TCP' ? { port: 0 } : { path: join(folder, `${(sockets += 1)}.sock`) })

  it('two clients chat, and everything closes with the hub', async () => {
    const hub = createHub()
    const server = await listenStream(hub, address())
    const dial = streamTransport(() => connect(server.address))
    await using ann = createClient({ url: 'stream:', name: 'Ann', connect: dial })
    await using bob = createClient({ url: 'stream:', name: 'Bob', connect: dial })
    const heard = Promise.withResolvers<string>()
    bob.join('general').on('delivery', delivery => {
      if (delivery.kind === 'message') heard.resolve(delivery.message.text)
    })
    await bob.join('general').ready
    await ann.join('general').publish('hello')
    expect(await heard.promise).toBe('hello')
    const codes: unknown[] = []
    ann.on('state', state => codes.push(state.status))
    await Promise.all([ann.close(), bob.close()])
    expect(codes).toEqual(['closed'])
    await hub.close()
    const late: Socket = connect(server.address)
    await expect(once(late, 'connect')).rejects.toMatchObject({
      code: kind === 'TCP' ? 'ECONNREFUSED' : 'ENOENT',
    })
  })

  it('ends what is connected when only the server closes', async () => {
    await using hub = createHub()
    const server = await listenStream(hub, address())
    const socket = connect(server.address).resume()
    await once(socket, 'connect')
    socket.write(`${hello}\n`)
    await once(socket, 'data')
    const closed = once(socket, 'close')
    await Promise.all([server.close(), server.close()])
    await closed
    expect(hub.stats().sessions).toBe(0)
  })

  it('says that an address is taken', async () => {
    await using hub = createHub()
    const { address: taken } = await listenStream(hub, address())
    await expect(listenStream(hub, taken)).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})

// TCP held back what was written until the peer had acknowledged what came before, and who has just said something
// acknowledges late: the second of two messages took 40 ms longer than the first.
it('does not wait over TCP for the peer to acknowledge what it had before', async () => {
  await using hub = createHub()
  const { address } = await listenStream(hub, { port: 0 })
  const dial = streamTransport(() => connect(address))
  await using ann = createClient({ url: 'stream:', name: 'Ann', connect: dial })
  const room = ann.join('general')
  const author = { id: 'bot:b', name: 'b', kind: 'bot' } as const
  const times: number[] = []
  for (let n = 0; n < 31; n += 1) {
    const heard = Promise.withResolvers<void>()
    const stop = room.on('delivery', delivery => {
      if (delivery.kind === 'message' && delivery.message.author.kind === 'bot') heard.resolve()
    })
    await room.publish(`${n}`)
    const began = performance.now()
    await hub.post({ room: 'general', id: `${n}`, text: 'x', author })
    await heard.promise
    times.push(performance.now() - began)
    stop()
  }
  const [median] = times.toSorted((a, b) => a - b).slice(15)
  expect(median).toBeLessThan(20)
})

it('tells a client that nobody listens', async () => {
  const socket = streamTransport(() => connect(join(folder, 'nobody.sock')))('')
  const { promise, resolve } = Promise.withResolvers<unknown>()
  const errors: unknown[] = []
  socket.onerror = error => errors.push(error)
  socket.onclose = resolve
  expect(await promise).toMatchObject({ code: 1006 })
  expect(errors).toMatchObject([{ code: 'ENOENT' }])
})

it('tells a client the code and reason of the server', async () => {
  const server = createServer(socket => {
    socket.end('{"type":"close","code":4403,"reason":"revoked"}\n')
  }).listen(join(folder, 'closing.sock'))
  await once(server, 'listening')
  const socket = streamTransport(() => connect(join(folder, 'closing.sock')))('')
  const { promise, resolve } = Promise.withResolvers<unknown>()
  socket.onclose = resolve
  expect(await promise).toEqual({ code: 4403, reason: 'revoked' })
  server.close()
})

// A server that was being bound when the hub closed was not there yet for `close` to close it, and listened for ever.
it('does not begin to listen for a hub that stops', async () => {
  const hub = createHub()
  const path = join(folder, 'late.sock')
  const [listening] = await Promise.allSettled([listenStream(hub, { path }), hub.close()])
  expect(listening).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } })
  await expect(listenStream(hub, { path })).rejects.toMatchObject({ code: 'unavailable' })
  const [error] = (await once(connect(path), 'error').catch((thrown: unknown) => [thrown])) as [unknown]
  expect(error).toMatchObject({ code: 'ENOENT' })
})
