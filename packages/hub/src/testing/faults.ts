import { byteLength } from '../bytes.ts'
import type { ClientSocket, Connect } from '../client/types.ts'
import { type Cancel, type Clock, type Scheduler, systemClock, systemScheduler } from '../clock.ts'
import type { Connection, Peer, Transport } from '../connection.ts'
import { Close } from '../protocol/codes.ts'
import { FaultyPipe } from './faults-pipe.ts'

/** `up` is from the client to the hub. */
export type Direction = 'up' | 'down'

/** How faulty connections behave while nothing is wrong with them. */
export interface FaultyOptions {
  /** Decides the order of arrivals, each a turn of its own. @default the event loop's order */
  readonly scheduler?: Scheduler
  /** Measures `delay`. @default the machine's clock */
  readonly clock?: Clock
  /** What the hub is told about the other end. @default nothing */
  readonly peer?: Peer
}

/** One connection, and what can go wrong with it. */
export interface FaultyLink {
  readonly open: boolean
  /** Bytes that the hub has written and that have not arrived. */
  readonly bufferedBytes: number
  /** What is sent from now on arrives so many milliseconds later, still in order. Without direction: both. */
  delay(ms: number, direction?: Direction): void
  /** The client reads no more: what the hub writes piles up in `bufferedBytes`. */
  stall(): void
  /** The client reads on. */
  resume(): void
  /** The cable is out: nothing arrives either way, what is under way is lost, and nobody is told. For good. */
  halfOpen(): void
  /** Ends the connection without a goodbye: both sides see 1006, what is under way is lost. */
  cut(): void
  /** The next frame in this direction arrives twice. */
  duplicate(direction: Direction): void
}

/** A `Connect` that remembers its connections. */
export interface FaultyTransport extends Connect {
  /** All connections so far, oldest first. */
  readonly links: readonly FaultyLink[]
  /** The newest connection. Throws where there was none. */
  readonly last: FaultyLink
}

/** How long `close` waits for a peer that reads nothing. */
const CLOSE_MS = 2_000

const transport: Transport<string> = { name: 'faulty', encode: text => text, size: byteLength }

/**
 * Connections to a hub of this process that break as a test wants. Pass the result as the client's `connect`.
 *
 * @example
 * const connect = faultyTransport(hub)
 * const client = createClient({ url: 'memory:', name: 'Ann', connect })
 * await client.ready
 * connect.last.cut() // the client reconnects, with a new link
 */
export function faultyTransport(
  hub: { accept(connection: Connection): void },
  options: FaultyOptions = {},
): FaultyTransport {
  const links: FaultyLink[] = []
  const connect = (): ClientSocket => {
    const { socket, link } = dial(hub, options)
    links.push(link)
    return socket
  }
  return Object.defineProperties(connect, {
    links: { get: () => [...links] },
    last: {
      get: () => {
        const last = links.at(-1)
        if (!last) throw new Error('faultyTransport: nobody has connected yet')
        return last
      },
    },
  }) as Connect as FaultyTransport
}

function dial(
  hub: { accept(connection: Connection): void },
  { scheduler = systemScheduler, clock = systemClock, peer = {} }: FaultyOptions,
): { socket: ClientSocket; link: FaultyLink } {
  const pipes = { up: new FaultyPipe(clock, scheduler), down: new FaultyPipe(clock, scheduler) }
  const twice = { up: 0, down: 0 }
  let buffered = 0
  let received = 0
  let open = true
  let accepted = false
  let dead = false
  /** A side that has closed sends no more. */
  const shut = { up: false, down: false }

  const times = (direction: Direction): number => {
    const count = 1 + twice[direction]
    twice[direction] = 0
    return count
  }
  let deadline: Cancel | undefined
  const end = (code: number, reason: string): void => {
    if (!open) return
    deadline?.()
    open = false
    pipes.up.clear()
    pipes.down.clear()
    buffered = 0
    socket.onclose?.({ code, reason })
    if (accepted) connection.onClose?.(code, reason)
  }
  const connection: Connection<string> = {
    transport,
    peer,
    get bufferedBytes() {
      return buffered
    },
    get receivedBytes() {
      return received
    },
    write(frames) {
      if (!open || shut.down) return
      for (const frame of frames) {
        const size = byteLength(frame)
        for (let copies = times('down'); copies > 0; copies -= 1) {
          buffered += size
          if (dead) continue
          pipes.down.push(() => {
            buffered -= size
            socket.onmessage?.({ data: frame })
            connection.onDrain?.()
          })
        }
      }
    },
    close(code, reason) {
      if (!open || shut.down) return
      shut.down = true
      // Nobody answers: each side gives up alone.
      if (dead) scheduler.defer(hubGivesUp(code, reason))
      else {
        deadline = clock.setTimer(() => {
          end(code, reason)
        }, CLOSE_MS)
        pipes.down.push(() => {
          end(code, reason)
        })
      }
    },
    onMessage: undefined,
    onDrain: undefined,
    onClose: undefined,
  }
  const hubGivesUp = (code: number, reason: string) => (): void => {
    if (!open) return
    buffered = 0
    connection.onClose?.(code, reason)
  }
  const socket: ClientSocket = {
    send(text) {
      if (!open || shut.up || dead) return
      for (let copies = times('up'); copies > 0; copies -= 1)
        pipes.up.push(() => {
          received += byteLength(text)
          connection.onMessage?.(text)
        })
    },
    close(code = Close.noStatus, reason = '') {
      if (!open || shut.up) return
      shut.up = true
      if (dead) scheduler.defer(() => socket.onclose?.({ code: Close.abnormal, reason: '' }))
      else
        pipes.up.push(() => {
          end(code, reason)
        })
    },
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
  }
  const link: FaultyLink = {
    get open() {
      return open && !dead
    },
    get bufferedBytes() {
      return buffered
    },
    delay(ms, direction) {
      if (direction !== 'down') pipes.up.delay(ms)
      if (direction !== 'up') pipes.down.delay(ms)
    },
    stall() {
      pipes.down.stall()
    },
    resume() {
      pipes.down.resume()
    },
    halfOpen() {
      dead = true
      deadline?.()
      pipes.up.clear()
      pipes.down.clear()
    },
    cut() {
      end(Close.abnormal, '')
    },
    duplicate(direction) {
      twice[direction] += 1
    },
  }
  pipes.up.push(() => {
    accepted = true
    hub.accept(connection)
    socket.onopen?.()
  })
  return { socket, link }
}
