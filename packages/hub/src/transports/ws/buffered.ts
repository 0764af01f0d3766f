import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** What libuv counts of a socket: bytes that it was handed so far, and those that it still has. */
interface Handle {
  readonly bytesWritten: number
  readonly writeQueueSize: number
}

/**
 * Bytes that the socket was given and its kernel has not taken. A stream counts what it was given in one write until
 * all of it is taken, and a page of history of a slow peer may take minutes: that would look like no progress. Writing
 * it in pieces is no way here, because `ws` would put its pongs between them. So libuv's own count is asked for; Node
 * has it for its timeouts and does not document it, so it may be absent, and then the stream's stands.
 */
export function bufferedBytes(socket: Duplex): number {
  const { writableLength } = socket
  if (writableLength === 0 || !(socket instanceof Socket)) return writableLength
  const handle = handleOf(socket)
  if (!handle) return writableLength
  // With TLS libuv's count is of what is encrypted, which is somewhat more.
  return Math.min(writableLength, socket.bytesWritten - handle.bytesWritten + handle.writeQueueSize)
}

function handleOf(socket: Socket): Handle | undefined {
  const handle: unknown = Reflect.get(socket, '_handle')
  const counts = typeof handle === 'object' && handle !== null && 'writeQueueSize' in handle
  return counts ? (handle as Handle) : undefined
}
