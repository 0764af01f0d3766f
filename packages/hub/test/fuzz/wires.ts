/** The stormer's end of each transport, written without the code under test. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { constants, inflateRawSync } from 'node:zlib'
import type { Hub } from '@hubbub/hub'
import { memoryTransport } from '@hubbub/hub/memory'
import { listenStream } from '@hubbub/hub/stream'
import { listen } from '@hubbub/hub/ws'
import type { TransportName } from './scripts.ts'
import { wsDeflated, wsFrame, wsText } from './ws-frames.ts'

/** One connection. */
export interface Wire {
  /** Sends one message's text, framed as it should be. */
  text(text: string): void
  /** Sends bytes as they are. */
  bytes(bytes: Buffer): void
  /** Leaves: with a goodbye, by ending its direction, or without a word. */
  leave(how: 'goodbye' | 'end' | 'cut'): void
  /** The code that the hub closed with; undefined where it gave none. Resolves when nothing is left. */
  readonly closed: Promise<number | undefined>
  onAnswer: ((text: string) => void) | undefined
}

/** Opens a connection; the number decides where there is a choice. */
export type Dial = (number: number) => Promise<Wire>

function memory(hub: Hub): Dial {
  const dial = memoryTransport(hub)
  return () => {
    const socket = dial('memory:')
    const closed = Promise.withResolvers<number>()
    const wire: Wire = {
      text: text => socket.send(text),
      bytes() {
        throw new Error('the memory transport carries no bytes')
      },
      leave: how => socket.close({ goodbye: 1000, end: 1005, cut: 1006 }[how]),
      closed: closed.promise,
      onAnswer: undefined,
    }
    socket.onmessage = ({ data }) => wire.onAnswer?.(String(data))
    socket.onclose = ({ code }) => closed.resolve(code)
    return Promise.resolve(wire)
  }
}

interface Framing {
  text(text: string): Buffer
  readonly goodbye: Buffer
  /** Takes the answers out of what has come; returns what is not whole yet. */
  read(bytes: Buffer, wire: Wire, closed: (code: number) => void): Buffer
}

/** Over a socket: whoever is told goodbye ends its own direction, as a peer should. */
function socketWire(socket: Socket, framing: Framing): Wire {
  const closed = Promise.withResolvers<number | undefined>()
  let code: number | undefined
  let held: Buffer = Buffer.alloc(0)
  const wire: Wire = {
    text: each => socket.write(framing.text(each)),
    bytes: bytes => socket.write(bytes),
    leave(how) {
      // A socket that is ending cannot be reset: Node says EINVAL then, and never closes it.
      const resets = socket.remoteFamily !== undefined && !socket.writableEnded
      if (how === 'cut' && resets) socket.resetAndDestroy()
      else if (how === 'cut') socket.destroy()
      else socket.end(how === 'goodbye' ? framing.goodbye : '')
    },
    closed: closed.promise,
    onAnswer: undefined,
  }
  socket.on('data', (bytes: Buffer) => {
    held = framing.read(held.length === 0 ? bytes : Buffer.concat([held, bytes]), wire, given => {
      code ??= given
      socket.end()
    })
  })
  // The system's words for it do not matter: what counts is that it closes.
  socket.on('error', () => {}).once('close', () => closed.resolve(code))
  return wire
}

const lines: Framing = {
  text: text => Buffer.from(`${text}\n`),
  goodbye: Buffer.from('{"type":"close","code":1000}\n'),
  read(bytes, wire, closed) {
    let start = 0
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      const line = bytes.toString('utf8', start, end)
      start = end + 1
      if (line.startsWith('{"type":"close"')) closed((JSON.parse(line) as { code: number }).code)
      else wire.onAnswer?.(line)
    }
    return bytes.subarray(start)
  },
}

/** What the other side left out at the end of a compressed message. */
const TRAILER = Buffer.of(0, 0, 0xff, 0xff)

function messageOf(payload: Buffer, compressed: boolean): string {
  if (!compressed) return payload.toString('utf8')
  const whole = Buffer.concat([payload, TRAILER])
  return inflateRawSync(whole, { finishFlush: constants.Z_SYNC_FLUSH }).toString('utf8')
}

const wsFrames = {
  text: wsText,
  goodbye: wsFrame({ opcode: 8, payload: Buffer.of(1000 >> 8, 1000 & 0xff) }),
  read(bytes, wire, closed) {
    let start = 0
    for (;;) {
      const [first = 0, short = 0] = bytes.subarray(start, start + 2)
      const head = start + (short === 126 ? 4 : short === 127 ? 10 : 2)
      if (head > bytes.length) break
      let length = short
      if (short === 126) length = bytes.readUInt16BE(head - 2)
      if (short === 127) length = Number(bytes.readBigUInt64BE(head - 8))
      const end = head + length
      if (end > bytes.length) break
      const payload = bytes.subarray(head, end)
      const opcode = first & 0x0f
      if (opcode === 1) wire.onAnswer?.(messageOf(payload, (first & 0x40) > 0))
      if (opcode === 8) closed(length < 2 ? 1005 : payload.readUInt16BE(0))
      start = end
    }
    return bytes.subarray(start)
  },
} satisfies Framing

/** Half of the messages compressed. */
const wsDeflateFrames: Framing = {
  ...wsFrames,
  text: text => (text.length % 2 === 0 ? wsText(text) : wsDeflated(text)),
}

async function ws(hub: Hub, compress: boolean): Promise<Dial> {
  const { host, port } = await listen(hub, { port: 0, compress })
  const upgrade = [
    'GET / HTTP/1.1',
    `Host: ${host}:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol: hubbub.v1',
    'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
    '\r\n',
  ].join('\r\n')
  return async () => {
    const socket = connect({ host, port, noDelay: true })
    socket.write(upgrade)
    const [head] = (await once(socket, 'data')) as [Buffer]
    const response = head.toString('latin1')
    const agreed = response.includes('permessage-deflate')
    if (!response.startsWith('HTTP/1.1 101 ') || !response.endsWith('\r\n\r\n') || agreed !== compress)
      throw new Error(`no upgrade: ${response}`)
    return socketWire(socket, compress ? wsDeflateFrames : wsFrames)
  }
}

/** Over TCP and over a Unix socket in turn. */
async function stream(hub: Hub, path: string): Promise<Dial> {
  const tcp = await listenStream(hub, { port: 0 })
  const unix = await listenStream(hub, { path })
  return async number => {
    const address = number % 2 === 0 ? tcp.address : unix.address
    const socket = connect({ ...address, noDelay: true })
    await once(socket, 'connect')
    return socketWire(socket, lines)
  }
}

/** Has the hub listen on a transport; `path` is for a Unix socket. */
export async function open(hub: Hub, transport: TransportName, path: string): Promise<Dial> {
  switch (transport) {
    case 'memory':
      return memory(hub)
    case 'ws':
    case 'ws-deflate':
      return ws(hub, transport === 'ws-deflate')
    default:
      return stream(hub, path)
  }
}
