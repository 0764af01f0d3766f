import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/**
 * Bytes that the socket was given and its kernel has not taken. A stream counts what it was given in one write until
 * all of it is taken, and a page of history of a slow peer may take minutes: that would look like no progress. Writing
 * it in pieces is no way here, because `ws` would put its pongs between them. So what libuv still has of the write in
 * hand is asked for; Node uses both counts for its timeouts and documents neither, so they may be absent, and then the
 * stream's stands. `socket.bytesWritten` would do as well, but copies the list of all that waits at every look.
 */
export function bufferedBytes(socket: Duplex): number {
  const { writableLength } = socket
  if (writableLength === 0 || !(socket instanceof Socket)) return writableLength
  const inHand = count(Reflect.get(socket, '_writableState'), 'writelen')
  const left = count(Reflect.get(socket, '_handle'), 'writeQueueSize')
  if (inHand === undefined || left === undefined) return writableLength
  // With TLS libuv's count is of what is encrypted, which is somewhat more.
  return Math.min(writableLength, writableLength - inHand + left)
}

function count(holder: unknown, name: string): number | undefined {
  if (typeof holder !== 'object' || holder === null) return undefined
  const value: unknown = Reflect.get(holder, name)
  return typeof value === 'number' ? value : undefined
}
