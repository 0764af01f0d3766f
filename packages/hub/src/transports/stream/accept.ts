import type { Duplex } from 'node:stream'
import type { Peer } from '../../connection.ts'
import type { Hub } from '../../hub.ts'
import type { Ending } from './frame.ts'
import { StreamConnection, type StreamPair } from './connection.ts'

/** How a hub takes a stream. */
export interface AcceptOptions {
  /** What the hub is told about the other end. @default nothing */
  readonly peer?: Peer
  /**
   * Whether the streams are ended and destroyed with the connection. False leaves them to the caller, paused: for
   * standard input and output of a program that goes on. @default true
   */
  readonly end?: boolean
}

/** A stream that a hub has taken. */
export interface AcceptedStream {
  /** Resolves with the code and reason once the connection is over and nothing of it is left. Never rejects. */
  readonly closed: Promise<Ending>
}

/**
 * Gives a hub one connection over a byte stream: a socket, a child's pipes, standard input and output. Errors of
 * the streams end the connection and go nowhere else. The hub's `close` waits for it.
 * Throws a TypeError where a stream is in object mode or has an encoding set.
 */
export function acceptStream(
  hub: Hub,
  stream: Duplex | StreamPair,
  options: AcceptOptions = {},
): AcceptedStream {
  const { peer = {}, end = true } = options
  const pair: StreamPair =
    'readable' in stream && typeof stream.readable === 'object' ? stream : whole(stream)
  const connection = new StreamConnection(pair, {
    peer,
    end,
    clock: hub.clock,
    frameBytes: hub.limits.frameBytes,
  })
  const { closed } = connection
  const forget = hub.onClose(async () => {
    await closed
  })
  void closed.then(forget)
  // A hub that is stopping closes it right here.
  hub.accept(connection)
  return { closed }
}

/** A duplex also has a `readable`: there it is a boolean. */
function whole(stream: Duplex | StreamPair): StreamPair {
  const duplex = stream as Duplex
  return { readable: duplex, writable: duplex }
}
