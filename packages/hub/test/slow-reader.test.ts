import { createHub, type Hub, memoryLog, secret } from '@hubbub/hub'
import { acceptStream, listenStream } from '@hubbub/hub/stream'
import { VirtualClock } from '@hubbub/hub/testing'
import { attach } from '@hubbub/hub/ws'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Duplex, duplexPair } from 'node:stream'
import { afterAll, expect, it } from 'vitest'
import { WebSocket } from 'ws'

const folder = mkdtempSync(join(tmpdir(), 'hubbub-slow-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** Three megabytes of history, which come in one frame. */
const MESSAGES = 750
/** What is read at a time: a Unix socket takes on when three quarters of its buffer, 208 KiB, are read. */
const GULP = 192 * 1024
/** Between two gulps: less than the write deadline, and many of them are more than two heartbeats. */
const PAUSE_MS = 8_000

/** Somebody on a slow line. */
interface Reader {
  /** What is read from. */
  readonly stream: Duplex
  send(message: object): void
}

const lines = (stream: Duplex): Reader => ({
  stream,
  send: message => void stream.write(`${JSON.stringify(message)}\n`),
})

const readers: Readonly<Record<string, (hub: Hub) => Promise<Reader>>> = {
  async 'a WebSocket'(hub) {
    const server = createServer()
    attach(hub, server)
    const path = join(folder, 'ws.sock')
    server.listen(path)
    await once(server, 'listening')
    hub.onClose(() => void server.close())
    const socket = new WebSocket(`ws+unix:${path}:/`, { perMessageDeflate: false })
    const upgraded = once(socket, 'upgrade')
    await once(socket, 'open')
    const [{ socket: stream }] = (await upgraded) as [{ socket: Duplex }]
    // From here on its bytes are read here.
    stream.pause().removeAllListeners('data')
    return { stream, send: message => socket.send(JSON.stringify(message)) }
  },
  async 'a Unix socket'(hub) {
    const { address } = await listenStream(hub, { path: join(folder, 'lines.sock') })
    const stream = connect(address)
    await once(stream, 'connect')
    return lines(stream)
  },
  'a stream of any make'(hub) {
    const [ours, theirs] = duplexPair()
    acceptStream(hub, theirs)
    return Promise.resolve(lines(ours))
  },
}

/** Reads some, then no more. */
function gulp(stream: Duplex): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  let bytes = 0
  const read = (part: Buffer) => {
    bytes += part.length
    if (bytes < GULP) return
    stream.pause().off('data', read)
    resolve(bytes)
  }
  stream.on('data', read).resume()
  return promise
}

// A stream counts a write as a whole, and a page of history is one write: who read it slowly, but all the time, made
// no progress for the hub and was closed with 4408 after 10 s; where that was put off, with 4410 as silent, because the
// ping lay behind the page.
it.each(Object.entries(readers))(
  'lets somebody read slowly what is one frame, over %s',
  async (_name, open) => {
    const clock = new VirtualClock()
    const log = memoryLog({ clock, secret })
    const author = { id: 'u', name: 'u', kind: 'user' as const }
    for (let n = 0; n < MESSAGES; n += 1)
      await log.append('general', [{ id: `${n}`, author, text: 'x'.repeat(4_000) }])
    const [position] = await log.positions(['general'])
    const hub = createHub({ clock, log, limits: { outboxBytes: 8 * 1024 * 1024 } })
    const reader = await open(hub)
    const { stream } = reader
    stream.on('error', () => {})
    reader.send({ type: 'hello', id: 'h', name: 'Ann' })
    reader.send({ type: 'join', id: 'j', room: 'general', after: { epoch: position?.epoch, seq: 0 } })
    let bytes = 0
    while (bytes < MESSAGES * 4_000 - GULP) {
      bytes += await gulp(stream)
      await clock.advance(PAUSE_MS)
      expect(hub.stats().sessions).toBe(1)
    }
    expect(clock.monotonic()).toBeGreaterThan(100_000)
    stream.destroy()
    const closed = hub.close({ windowMs: 0 })
    await clock.advance(10_000)
    await closed
  },
)
