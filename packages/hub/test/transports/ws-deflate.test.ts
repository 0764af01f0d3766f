import { type Connection, createHub } from '@hubbub/hub'
import { type CompressOptions, listen, type ListenOptions } from '@hubbub/hub/ws'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { syncBuiltinESMExports } from 'node:module'
import { setImmediate as nextTurn } from 'node:timers/promises'
import zlib, { constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import { type ClientOptions, WebSocket } from 'ws'
import { inflateAtOnce } from '../../src/transports/ws/inflate.ts'
import { Peer } from '../support/peer.ts'

const FLUSH = { finishFlush: constants.Z_SYNC_FLUSH }
const RSV1 = 0x40

/** A server, and the connections that it has taken. */
async function start(options: ListenOptions = { compress: true }) {
  const hub = createHub()
  const connections: Connection<Buffer>[] = []
  const accept = hub.accept.bind(hub)
  hub.accept = connection => {
    connections.push(connection as Connection<Buffer>)
    accept(connection)
  }
  const server = await listen(hub, { port: 0, ...options })
  return { hub, server, url: server.url, connections, [Symbol.asyncDispose]: () => hub.close() }
}

/** A client, the extensions that the server answered with, and the raw socket. */
async function open(url: string, options: ClientOptions = {}) {
  const ws = new WebSocket(url, options)
  const [[response]] = (await Promise.all([once(ws, 'upgrade'), once(ws, 'open')])) as [
    [IncomingMessage],
    unknown,
  ]
  ws.on('error', () => {})
  const { socket, headers } = response
  return { ws, socket, extensions: headers['sec-websocket-extensions'] }
}

type Client = Awaited<ReturnType<typeof open>>

/** The next messages of a client. */
async function received(ws: WebSocket, count: number): Promise<readonly string[]> {
  const texts: string[] = []
  const all = Promise.withResolvers<void>()
  const take = (data: Buffer): void => {
    if (texts.push(data.toString()) === count) all.resolve()
  }
  ws.on('message', take)
  await all.promise
  ws.off('message', take)
  return texts
}

/** The transport that a client with these options gets. */
async function transportOf(compress: boolean | CompressOptions, options?: ClientOptions) {
  await using setup = await start({ compress })
  await open(setup.url, options)
  const [connection] = setup.connections
  if (!connection) throw new Error('nobody was accepted')
  return connection.transport
}

/** The text of a frame, read by the book. */
function read(frame: Buffer): { compressed: boolean; text: string } {
  const short = (frame[1] ?? 0) & 0x7f
  const payload = frame.subarray(short < 126 ? 2 : short === 126 ? 4 : 10)
  const compressed = ((frame[0] ?? 0) & RSV1) !== 0
  const plain = compressed
    ? inflateRawSync(Buffer.concat([payload, Buffer.of(0, 0, 0xff, 0xff)]), FLUSH)
    : payload
  return { compressed, text: plain.toString() }
}

/** A client's frame, masked with 0. Of the first byte 0x40 says that it is compressed, 0x80 that it is the last. */
function clientFrame(first: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head[0] = first
  head[1] = 0x80 | 126
  head.writeUInt16BE(payload.length, 2)
  return Buffer.concat([head, payload])
}

describe('the option', () => {
  it.each([
    [{ threshold: -1 }, RangeError, 'compress.threshold must be an integer from 0, got -1'],
    [{ threshold: 1.5 }, RangeError, 'compress.threshold must be an integer from 0, got 1.5'],
    [{ level: 0 }, RangeError, 'compress.level must be an integer from 1 to 9, got 0'],
    [{ level: 10 }, RangeError, 'compress.level must be an integer from 1 to 9, got 10'],
    ['yes', TypeError, 'compress must be true, false or { threshold, level }, got yes'],
    [null, TypeError, 'compress must be true, false or { threshold, level }, got null'],
  ])('refuses %j and says why', async (compress, kind, words) => {
    await using hub = createHub()
    const listening = listen(hub, { port: 0, compress: compress as CompressOptions })
    await expect(listening).rejects.toThrow(kind)
    await expect(listening).rejects.toThrow(words)
  })

  it('is off by default: nothing is agreed with a client that offers', async () => {
    await using setup = await start({})
    expect(await open(setup.url)).toMatchObject({ extensions: undefined })
    expect(setup.connections[0]?.transport.name).toBe('ws')
  })

  it.each([
    ['nothing more', {}, ''],
    ['a window', { serverMaxWindowBits: 10 }, '; server_max_window_bits=10'],
    ['to remember', { serverNoContextTakeover: false, clientNoContextTakeover: undefined }, ''],
  ])(
    'lets neither side remember a message for the next, where a client asks for %s',
    async (_, offer, also) => {
      await using setup = await start()
      const { extensions } = await open(setup.url, { perMessageDeflate: offer })
      const agreed = extensions?.split('; ').toSorted()
      const expected = `permessage-deflate; server_no_context_takeover; client_no_context_takeover${also}`
      expect(agreed).toEqual(expected.split('; ').toSorted())
    },
  )
})

describe('a frame', () => {
  const long = JSON.stringify({ type: 'message', text: 'the build is green, the build is red. '.repeat(9) })

  it('is compressed from the threshold on, and says so', async () => {
    const transport = await transportOf({ threshold: long.length })
    const frame = transport.encode(long)
    expect(read(frame)).toEqual({ compressed: true, text: long })
    expect(frame.length).toBeLessThan(long.length / 2)
    expect(read(transport.encode(long.slice(1)))).toEqual({ compressed: false, text: long.slice(1) })
  })

  it('is as big as what is sent', async () => {
    const transport = await transportOf(true)
    const frame = transport.encode(long)
    expect(transport.size(frame)).toBe(frame.length)
    // Nothing of zlib's much longer buffer is kept behind it.
    expect(frame.buffer.byteLength).toBeLessThanOrEqual(Buffer.poolSize)
  })

  it('is smaller at a higher level', async () => {
    const [fast, small] = [await transportOf({ level: 1 }), await transportOf({ level: 9 })]
    const text = Array.from({ length: 2_000 }, (_, n) => n % 7 ** (1 + (n % 5))).join('')
    expect(small.encode(text).length).toBeLessThan(fast.encode(text).length)
  })

  it.each([
    ['is empty', ''],
    ['does not shrink', '{}'],
    ['is a page of history', 'x'.repeat(16 * 1024 + 1)],
  ])('is plain where the text %s', async (_, text) => {
    const transport = await transportOf({ threshold: 0 })
    expect(read(transport.encode(text))).toEqual({ compressed: false, text })
  })

  it('is the same for all windows of a size, on all listeners of a hub', async () => {
    await using setup = await start()
    await using other = await start()
    const bits = (serverMaxWindowBits: number) => ({ perMessageDeflate: { serverMaxWindowBits } })
    for (const [url, options] of [
      [setup.url, {}],
      [setup.url, bits(15)],
      [other.url, {}],
      [setup.url, bits(9)],
      [setup.url, bits(8)],
    ] as const)
      await open(url, options)
    const [ours, theirs] = [setup.connections, other.connections].map(all => all.map(each => each.transport))
    expect(ours?.[1]).toBe(ours?.[0])
    expect(theirs?.[0]).toBe(ours?.[0])
    expect(ours?.[2]).not.toBe(ours?.[0])
    expect(ours?.[3]).toBe(ours?.[2])
  })

  it('is counted as it is on the wire', async () => {
    await using setup = await start({ compress: { threshold: 0 } })
    const { ws, socket } = await open(setup.url)
    const [connection] = setup.connections
    if (!connection) throw new Error('nobody was accepted')
    const { transport } = connection
    const before = socket.bytesRead
    const texts = ['{}', long, 'ä€😀'.repeat(50), 'x'.repeat(70_000), '"end"']
    const frames = texts.map(text => transport.encode(text))
    const arrived = received(ws, texts.length)
    connection.write(frames)
    expect(await arrived).toEqual(texts)
    expect(socket.bytesRead - before).toBe(frames.reduce((sum, frame) => sum + transport.size(frame), 0))
  })

  it('is owed as it is on the wire', async () => {
    await using setup = await start()
    const { ws } = await open(setup.url)
    const entered = received(ws, 2)
    ws.send(JSON.stringify({ type: 'hello', id: 'h', name: 'Ann' }))
    ws.send(JSON.stringify({ type: 'join', id: 'j', room: 'general' }))
    const [welcome = ''] = await entered
    const { session } = JSON.parse(welcome) as { session: string }
    const writer = new Peer(setup.hub)
    await writer.enter('Bob')
    writer.send({ type: 'publish', id: 'm', room: 'general', text: 'x'.repeat(4_000) })
    await writer.next('message')
    expect(setup.hub.explain(session)?.peakBytes).toBeLessThan(1_000)
  })
})

describe('what clients compress', () => {
  /** Sends bytes as they are; the code that it is closed with. */
  async function answerTo(url: string, bytes: Buffer, options?: ClientOptions): Promise<unknown> {
    const { ws, socket } = await open(url, options)
    const closed = once(ws, 'close')
    socket.write(bytes)
    const [code] = await closed
    return code
  }

  const deflated = (bytes: Buffer): Buffer => deflateRawSync(bytes, FLUSH).subarray(0, -4)

  it('is cut off with 1009 as soon as it inflates to more than may be, and nobody else is troubled', async () => {
    await using setup = await start()
    const witness = new Peer(setup.hub)
    await witness.enter('Ann')
    // 20 MB in as many bytes as a frame may have on the wire.
    const bomb = deflated(Buffer.alloc(20 * 1024 * 1024, ' '))
    expect(bomb.length).toBeLessThan(32 * 1024)
    expect(await answerTo(setup.url, clientFrame(0xc1, bomb))).toBe(1009)
    const half = bomb.length / 2
    const pieces = [clientFrame(0x41, bomb.subarray(0, half)), clientFrame(0x80, bomb.subarray(half))]
    expect(await answerTo(setup.url, Buffer.concat(pieces))).toBe(1009)
    // Less than `ws` cuts off, more than the hub takes.
    expect(await answerTo(setup.url, clientFrame(0xc1, deflated(Buffer.alloc(100_000, ' '))))).toBe(1009)
    witness.send({ type: 'publish', id: 'm', room: 'general', text: 'alive' })
    expect(await witness.next('message')).toMatchObject({ text: 'alive' })
  })

  /** Sends lots of bytes, each when the one before is read, as long as that goes on. */
  async function sendApart({ ws, socket }: Client, connection: Connection<Buffer>, lots: readonly Buffer[]) {
    let sent = connection.receivedBytes ?? 0
    for (const bytes of lots) {
      socket.write(bytes)
      sent += bytes.length
      while (ws.readyState === ws.OPEN && (connection.receivedBytes ?? 0) < sent) await nextTurn()
    }
  }

  /** What the server says to a client that sends these. */
  async function answersTo(lots: readonly Buffer[], count: number): Promise<readonly string[]> {
    await using setup = await start()
    const client = await open(setup.url)
    const answers = received(client.ws, count)
    const [connection] = setup.connections
    if (connection) await sendApart(client, connection, lots)
    return await answers
  }

  const ping = (id: string): Buffer => Buffer.from(JSON.stringify({ type: 'ping', id }))
  const pong = (id: string): string => JSON.stringify({ type: 'pong', id })

  it('is read in the order in which it came, whatever of it is compressed', async () => {
    const frames = ['a', 'b', 'c', 'd', 'e', 'f'].map((id, n) =>
      n % 3 === 0 ? clientFrame(0x81, ping(id)) : clientFrame(0xc1, deflated(ping(id))),
    )
    const pongs = ['a', 'b', 'c', 'd', 'e', 'f'].map(pong)
    expect(await answersTo([Buffer.concat(frames)], 6)).toEqual(pongs)
    expect(await answersTo(frames, 6)).toEqual(pongs)
  })

  it('may come in pieces, with a control frame and empty ones between them', async () => {
    const whole = deflated(ping('pieces'))
    const pieces = [
      clientFrame(0x41, whole.subarray(0, 7)),
      clientFrame(0x00, Buffer.alloc(0)),
      Buffer.of(0x89, 0x80, 0, 0, 0, 0),
      clientFrame(0x00, whole.subarray(7)),
      clientFrame(0x80, Buffer.alloc(0)),
    ]
    const behind = clientFrame(0xc1, deflated(ping('behind')))
    expect(await answersTo([...pieces, behind], 2)).toEqual([pong('pieces'), pong('behind')])
    expect(await answersTo([Buffer.concat([...pieces, behind])], 2)).toEqual([pong('pieces'), pong('behind')])
  })

  it('may be in several blocks, and in a last one', async () => {
    const text = ping('blocks')
    // RFC 7692, sections 7.2.3.4 and 7.2.3.5.
    const last = Buffer.concat([deflateRawSync(text), Buffer.of(0)])
    const [first, second] = [text.subarray(0, 9), text.subarray(9)]
    const two = Buffer.concat([deflateRawSync(first, FLUSH), deflated(second)])
    const stored = Buffer.concat([Buffer.of(0, text.length, 0, ~text.length, ~0), text, Buffer.of(0)])
    const frames = [last, two, stored].map(payload => clientFrame(0xc1, payload))
    expect(await answersTo(frames, 3)).toEqual([pong('blocks'), pong('blocks'), pong('blocks')])
  })

  // `ws` 8.22.2 to 8.23.0 inflates in another thread; bytes that come meanwhile are kept, and it read on in them
  // behind a frame that it had just refused: a TypeError in the event loop, which ended the process.
  it('ends nothing but its connection when a broken frame follows', async () => {
    await using setup = await start()
    const client = await open(setup.url)
    const closed = once(client.ws, 'close')
    const compressed = clientFrame(0xc1, deflated(ping('x')))
    const notUtf8 = clientFrame(0x81, Buffer.of(0xff))
    const many = Buffer.concat(Array.from({ length: 100 }, () => compressed))
    const [connection] = setup.connections
    if (connection) await sendApart(client, connection, [many, notUtf8, compressed])
    expect((await closed)[0]).toBe(1007)
  })

  it('is not inflated behind what ended the connection', async () => {
    await using setup = await start()
    const inflate = vi.spyOn(zlib, 'inflateRawSync')
    syncBuiltinESMExports()
    try {
      const bomb = clientFrame(0xc1, deflated(Buffer.alloc(100_000, ' ')))
      const binary = clientFrame(0xc2, deflated(ping('binary')))
      const chunk = Buffer.concat([clientFrame(0xc1, deflated(ping('a'))), binary, bomb, bomb, bomb])
      expect(await answerTo(setup.url, chunk)).toBe(1003)
      expect(inflate).toHaveBeenCalledTimes(2)
    } finally {
      inflate.mockRestore()
      syncBuiltinESMExports()
    }
  })

  it('is left to a `ws` that has something else inside', () => {
    const decompress = (): void => {}
    const receiver = { decompress, dataMessage: () => {}, createError: () => new Error('x'), _fin: true }
    inflateAtOnce({ _receiver: receiver } as unknown as WebSocket, 100)
    expect(receiver.decompress).toBe(decompress)
    expect(() => inflateAtOnce({} as WebSocket, 100)).not.toThrow()
  })

  it('is closed with 1007 where it is no deflate, and with 1002 where nothing was agreed', async () => {
    await using setup = await start()
    expect(await answerTo(setup.url, clientFrame(0xc1, Buffer.alloc(50, 0xff)))).toBe(1007)
    const frame = clientFrame(0xc1, deflated(Buffer.from('{}')))
    expect(await answerTo(setup.url, frame, { perMessageDeflate: false })).toBe(1002)
  })

  it('leaves nothing behind when the hub closes, also what is being inflated', async () => {
    const held = () => process.getActiveResourcesInfo().filter(name => /^(?:TCP|Z)/i.test(name)).length
    const before = held()
    const setup = await start()
    const clients = await Promise.all(
      Array.from({ length: 5 }, () => open(setup.url, { perMessageDeflate: { threshold: 0 } })),
    )
    for (const { ws } of clients)
      for (let n = 0; n < 20; n += 1) ws.send(JSON.stringify({ type: 'ping', id: 'x'.repeat(60) }))
    clients[0]?.ws.terminate()
    const closed = clients.map(({ ws }) => once(ws, 'close'))
    await setup.hub.close({ windowMs: 0 })
    await Promise.all(closed)
    expect(held()).toBeLessThanOrEqual(before)
  })
})
