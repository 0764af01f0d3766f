import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ClientSocket, Connect } from '../../client/types.ts'
import { type Clock, systemClock } from '../../clock.ts'
import { Close } from '../../protocol/codes.ts'
import { StreamConnection } from './connection.ts'
import { lineTransport } from './frame.ts'

/** A server's pages and recoveries stay far below: only rubbish is longer. */
const SERVER_FRAME_BYTES = 16 * 1024 * 1024

/** How a client uses a stream. */
export interface StreamTransportOptions {
  /** @default the machine's clock */
  readonly clock?: Clock
}

/**
 * Lets the client SDK talk over a byte stream: `open` is called once per attempt, with the client's `url`. What it
 * opens is ended and destroyed with the connection. What it throws, `connect` throws.
 *
 * @example
 * createClient({ url: 'unix:chat', name: 'Ann', connect: streamTransport(() => connect('/run/chat.sock')) })
 */
export function streamTransport(
  open: (url: string) => Duplex,
  { clock = systemClock }: StreamTransportOptions = {},
): Connect {
  return url => {
    const stream = open(url)
    const settings = { peer: {}, end: true, clock, frameBytes: SERVER_FRAME_BYTES }
    const connection = new StreamConnection({ readable: stream, writable: stream }, settings)
    const socket: ClientSocket = {
      send(text) {
        connection.write([lineTransport.encode(text)])
      },
      close(code = Close.noStatus, reason = '') {
        connection.close(code, reason)
      },
      onopen: null,
      onmessage: null,
      onclose: null,
      onerror: null,
    }
    let over = false
    const opened = (): void => {
      if (!over) socket.onopen?.()
    }
    stream.on('error', error => socket.onerror?.(error))
    connection.onMessage = data => socket.onmessage?.({ data })
    connection.onClose = (code, reason) => {
      over = true
      socket.onclose?.({ code, reason })
    }
    // The caller sets its handlers in the turn in which it gets the socket.
    if (stream instanceof Socket && stream.connecting) stream.once('connect', opened)
    else process.nextTick(opened)
    return socket
  }
}
