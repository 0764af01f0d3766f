import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Connection, Peer, Transport } from '../../connection.ts'
import { Close } from '../../protocol/codes.ts'
import { bufferedBytes } from './buffered.ts'

/** Written behind what the kernel did not take, to be told when it has. */
const NOTHING = Buffer.alloc(0)

const ignore = (): void => {}

let lastFrames: readonly Buffer[] = []
let lastJoined = Buffer.alloc(0)

/**
 * The frames as one buffer. In a room everybody is owed the same frames, so the last answer mostly serves the
 * next caller too: one copy for a thousand sockets. Not corked instead, large as the frames may be: a list of what waits
 * for each of a thousand slow peers is more memory than the copies are.
 */
function joined(frames: readonly Buffer[]): Buffer {
  if (frames.length !== lastFrames.length || frames.some((frame, index) => frame !== lastFrames[index])) {
    lastFrames = frames
    lastJoined = Buffer.concat(frames)
  }
  return lastJoined
}

/**
 * A WebSocket as the hub sees it. `ws` reads, answers pings and does the closing handshake; messages go to the
 * socket as prebuilt frames, which is why one write can carry a whole turn, and why nothing may be sent
 * through `ws.send` as well.
 */
export class WsConnection implements Connection<Buffer> {
  readonly transport: Transport<Buffer>
  readonly peer: Peer
  onMessage: ((text: string) => void) | undefined
  onDrain: (() => void) | undefined
  onClose: ((code: number, reason: string) => void) | undefined
  readonly #ws: WebSocket
  readonly #socket: Duplex
  /** Stands in for a count of bytes on a stream that keeps none. */
  #messages = 0
  /** The socket will say when it has taken what it holds. */
  #asked = false
  #reported = false

  constructor(ws: WebSocket, socket: Duplex, peer: Peer, transport: Transport<Buffer>, frameBytes: number) {
    this.#ws = ws
    this.#socket = socket
    this.peer = peer
    this.transport = transport
    if (!(socket instanceof Socket))
      ws.on('pong', () => {
        this.#messages += 1
      })
    ws.on('message', (data, isBinary) => {
      this.#messages += 1
      if (this.#reported) return
      if (isBinary) this.#fail(Close.unsupportedData, 'this protocol is JSON in text frames')
      // `ws` gives one Buffer by default; the other shapes come only with options that are not set here.
      else if (!Buffer.isBuffer(data)) this.#fail(Close.internal, 'unexpected data')
      else if (data.length > frameBytes) this.#fail(Close.tooLarge, `a frame has at most ${frameBytes} bytes`)
      else this.onMessage?.(data.toString('utf8'))
    })
    // `ws` closes after an error with the code that fits; without a listener the process would end instead.
    ws.on('error', ignore)
    ws.on('close', (code, reason) => {
      this.#report(code, reason.toString('utf8'))
    })
  }

  get bufferedBytes(): number {
    return bufferedBytes(this.#socket)
  }

  get receivedBytes(): number {
    return this.#socket instanceof Socket ? this.#socket.bytesRead : this.#messages
  }

  ping(): void {
    if (this.#ws.readyState === this.#ws.OPEN) this.#ws.ping()
  }

  write(frames: readonly Buffer[]): void {
    // A frame behind the close frame would be a protocol error at the peer.
    if (this.#ws.readyState !== this.#ws.OPEN) return
    const [first] = frames
    if (!first) return
    this.#socket.write(frames.length === 1 ? first : joined(frames))
    this.#ask()
  }

  close(code: number, reason: string): void {
    this.#ws.close(code, reason)
  }

  /**
   * Has the hub told when the socket has taken what it holds. The kernel mostly takes all at once: a callback for
   * every write would be a good part of what a write costs.
   */
  #ask(): void {
    if (this.#asked || this.#socket.writableLength === 0) return
    this.#asked = true
    this.#socket.write(NOTHING, error => {
      this.#asked = false
      if (error) return
      this.onDrain?.()
      this.#ask()
    })
  }

  /** The peer broke a rule: it is told, and for the hub the connection is over now, not at the end of the handshake. */
  #fail(code: number, reason: string): void {
    this.close(code, reason)
    this.#report(code, reason)
  }

  #report(code: number, reason: string): void {
    if (this.#reported) return
    this.#reported = true
    this.onClose?.(code, reason)
  }
}
