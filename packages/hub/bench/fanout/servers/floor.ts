import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Duplex } from 'node:stream'
import { deflated, EXTENSION } from '../deflate.ts'
import { like } from '../message.ts'
import { acceptKey, FrameReader, serverFrame } from '../wire.ts'

/**
 * The least that a server on Node can do: each message is one frame, of the same length as the hub's, made
 * once, and what came in one turn of the loop leaves in one write per socket. No room, no bound, no check. With
 * `deflate` each frame is compressed, for clients that all agree to that.
 */
export async function serveFloor(port: number, deflate: boolean): Promise<void> {
  const sockets = new Set<Duplex>()
  let pending: Buffer[] = []
  let seq = 0
  const flush = (): void => {
    const chunk = Buffer.concat(pending)
    pending = []
    for (const socket of sockets) socket.write(chunk)
  }
  const publish = (text: string): void => {
    seq += 1
    if (pending.length === 0) setImmediate(flush)
    const payload = Buffer.from(like(seq, text))
    pending.push(deflate ? serverFrame(deflated(payload), true) : serverFrame(payload))
  }
  const server = createServer()
  server.on('upgrade', (request, socket) => {
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptKey(request.headers['sec-websocket-key'] ?? '')}\r\n${deflate ? `Sec-WebSocket-Extensions: ${EXTENSION}\r\n` : ''}\r\n`,
    )
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => sockets.delete(socket))
    // The load masks with 0.
    const reader = new FrameReader((_opcode, data, start, length) => {
      publish(data.toString('utf8', start, start + length))
    })
    socket.on('data', (chunk: Buffer) => {
      reader.take(chunk, chunk.length)
    })
  })
  await once(server.listen(port, '127.0.0.1'), 'listening')
}
