/** The other end of each transport, as the conformance suite drives it. */
import {
  type Clock,
  type Connection,
  createHub,
  type Hub,
  type Scheduler,
  systemClock,
  systemScheduler,
} from '@hubbub/hub'
import { memoryTransport } from '@hubbub/hub/memory'
import { acceptStream, type StreamServer } from '@hubbub/hub/stream'
import { faultyTransport, type OpenConnection, type WirePeer } from '@hubbub/hub/testing'
import { once } from 'node:events'
import { connect, Socket } from 'node:net'
import { type Duplex, duplexPair } from 'node:stream'
import { type ClientOptions, WebSocket } from 'ws'

/** Ten times as fast, where the transport's deadlines are the hub's clock's: the suite waits for them. */
const hasty: Clock = { ...systemClock, setTimer: (fire, ms) => systemClock.setTimer(fire, ms / 10) }

/** A hub that hands its connections to the suite. */
export function stage(): { hub: Hub; to: (accept: (connection: Connection) => void) => void } {
  const hub = createHub({ clock: hasty })
  return {
    hub,
    to(accept) {
      hub.accept = accept
    },
  }
}

/** Handlers that the suite sets. */
const handlers = (): Pick<WirePeer, 'onMessage' | 'onClose'> => ({ onMessage: undefined, onClose: undefined })

export const wsPeer =
  (
    url: () => string,
    to: ReturnType<typeof stage>['to'],
    perMessageDeflate: ClientOptions['perMessageDeflate'] = false,
  ): OpenConnection =>
  async accept => {
    to(accept)
    const ws = new WebSocket(url(), { perMessageDeflate })
    let socket: Socket | undefined
    ws.once('upgrade', response => {
      socket = response.socket
    })
    ws.on('error', () => {})
    const peer: WirePeer = {
      ...handlers(),
      send: text => ws.send(text),
      pause: () => ws.pause(),
      resume: () => ws.resume(),
      close: (code, reason) => ws.close(code, reason),
      cut: () => ws.terminate(),
      get wireBytes() {
        return socket?.bytesRead ?? 0
      },
    }
    ws.on('message', data => peer.onMessage?.((data as Buffer).toString('utf8')))
    ws.on('close', (code, reason) => peer.onClose?.(code, reason.toString('utf8')))
    await once(ws, 'open')
    return peer
  }

/** A raw end of a stream, written without the code under test. */
function linePeer(stream: Duplex): WirePeer {
  let held = ''
  let bytes = 0
  let ending: [number, string] = [1006, '']
  const peer: WirePeer = {
    ...handlers(),
    send: text => stream.write(`${text}\n`),
    pause: () => stream.pause(),
    resume: () => stream.resume(),
    close(code, reason) {
      stream.end(`${JSON.stringify({ type: 'close', code, reason })}\n`)
    },
    cut() {
      if (stream instanceof Socket && stream.remoteFamily !== undefined) stream.resetAndDestroy()
      else stream.destroy()
    },
    get wireBytes() {
      return bytes
    },
  }
  stream.setEncoding('utf8')
  stream.on('data', (part: string) => {
    bytes += Buffer.byteLength(part)
    const lines = (held + part).split('\n')
    held = lines.pop() ?? ''
    for (const line of lines) {
      const value: unknown = line.includes('"close"') ? JSON.parse(line) : undefined
      if (typeof value === 'object' && value !== null && 'code' in value && 'reason' in value)
        ending = [Number(value.code), String(value.reason)]
      else peer.onMessage?.(line)
    }
  })
  stream.once('end', () => stream.end())
  stream.on('error', () => {})
  stream.once('close', () => peer.onClose?.(...ending))
  return peer
}

export const socketPeer =
  (server: () => StreamServer, to: ReturnType<typeof stage>['to']): OpenConnection =>
  async accept => {
    to(accept)
    const socket = connect(server().address)
    await once(socket, 'connect')
    return linePeer(socket)
  }

export const duplexPeer =
  ({ hub, to }: ReturnType<typeof stage>): OpenConnection =>
  accept => {
    to(accept)
    const [ours, theirs] = duplexPair()
    acceptStream(hub, ours)
    return linePeer(theirs)
  }

/** A scheduler that can stand still: for a peer that does not read. */
function gate(): Scheduler & { pause(): void; resume(): void } {
  let waiting: (() => void)[] | undefined
  return {
    defer(task) {
      if (!waiting) return systemScheduler.defer(task)
      waiting.push(task)
      return () => {}
    },
    pause() {
      waiting ??= []
    },
    resume() {
      for (const task of waiting ?? []) systemScheduler.defer(task)
      waiting = undefined
    },
  }
}

/** Gives a client's socket the shape that the suite wants. */
function socketAs(
  socket: ReturnType<ReturnType<typeof memoryTransport>>,
  rest: Pick<WirePeer, 'pause' | 'resume' | 'cut'>,
): WirePeer {
  const peer: WirePeer = {
    ...handlers(),
    ...rest,
    send: text => socket.send(text),
    close: (code, reason) => socket.close(code, reason),
  }
  socket.onmessage = ({ data }) => peer.onMessage?.(String(data))
  socket.onclose = ({ code, reason }) => peer.onClose?.(code, reason)
  return peer
}

export const memoryPeer: OpenConnection = accept => {
  const scheduler = gate()
  const socket = memoryTransport({ accept }, { scheduler })('')
  // There is no cable to cut inside a process: the abnormal end is a code like any other.
  return socketAs(socket, {
    pause: () => scheduler.pause(),
    resume: () => scheduler.resume(),
    cut: () => socket.close(1006, ''),
  })
}

export const faultyPeer: OpenConnection = accept => {
  const dial = faultyTransport({ accept }, { clock: hasty })
  const socket = dial('')
  const { last } = dial
  return socketAs(socket, {
    pause: () => last.stall(),
    resume: () => last.resume(),
    cut: () => last.cut(),
  })
}
