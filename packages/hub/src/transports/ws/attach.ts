import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { Peer, Transport } from '../../connection.ts'
import type { Hub } from '../../hub.ts'
import { PROTOCOL } from '../../protocol/codes.ts'
import { type CompressOptions, resolveCompress } from './compression.ts'
import { addressOf } from '../listening.ts'
import { WsConnection } from './connection.ts'
import { wsTransport } from './frame.ts'
import { inflateAtOnce } from './inflate.ts'
import { isOriginAllowed } from './origin.ts'
import { Sockets } from './sockets.ts'

/** Who may come in. */
export interface AttachOptions {
  /** Upgrade only this path; others get 404. @default any */
  readonly path?: string
  /** Origins of web pages that may connect, for example `https://chat.example`; `*` for all. @default none */
  readonly origins?: readonly string[]
  /**
   * Asked before every upgrade: true lets it pass, else it gets 429 with `Retry-After`. For a limit of
   * connections per address.
   */
  readonly admit?: (peer: Peer) => true | { readonly retryAfterMs: number }
  /**
   * Compresses messages for clients that offer permessage-deflate: each once, for all of them.
   * @default false: what clients compress themselves has to be inflated for each of them
   */
  readonly compress?: boolean | CompressOptions
}

/** Messages of up to so many times what a frame may have are read and answered with a reason; more is cut by `ws`. */
const READ_FACTOR = 4
/** How long `ws` waits for the peer's half of a closing handshake before it cuts the connection. */
const CLOSE_TIMEOUT_MS = 2_000

function refuse(socket: Duplex, status: number, text: string, headers: readonly string[] = []): void {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text) + 1}`,
    ...headers,
  ]
  // The peer may keep its half open for ever: what is refused is over once it is written.
  socket.once('finish', () => socket.destroy())
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}\n`)
}

const retryAfter = (ms: number): string => `Retry-After: ${Math.max(1, Math.ceil(ms / 1_000))}`

/** Says nothing about who connects, and would be kept for as long as the connection. */
const HANDSHAKE = /^(?:connection|upgrade|sec-websocket-.*)$/

/** What the hub is told about the one who connects. */
function peerOf(request: IncomingMessage): Peer {
  const address = addressOf(request.socket)
  const { url = '/' } = request
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => !HANDSHAKE.test(name)),
  )
  return address === undefined ? { headers, url } : { headers, url, address }
}

/** A server whose upgrades go to a hub. */
export interface Attached {
  readonly sockets: Sockets
  /** Takes no more of them. */
  readonly detach: () => void
}

/**
 * Lets a hub take WebSockets from an HTTP server that the caller owns. Returns how to end that: the server's
 * `upgrade` listener goes, connections stay until the hub closes them. The hub's `close` does both, and waits for the
 * sockets; the server stays open. Throws a RangeError or TypeError that names the option that is out of range.
 */
export function attach(hub: Hub, server: Server, options: AttachOptions = {}): () => void {
  const { sockets, detach } = attachSockets(hub, server, options)
  const forget = hub.onClose(async leftMs => {
    detach()
    await sockets.end(leftMs)
  })
  return () => {
    detach()
    void sockets.empty().then(forget)
  }
}

/** The same for who has the hub closed after it. */
export function attachSockets(hub: Hub, server: Server, options: AttachOptions): Attached {
  const { path, origins = [], admit, compress = false } = options
  const compression = resolveCompress(compress)
  const maxPayload = hub.limits.frameBytes * READ_FACTOR
  const settings = {
    noServer: true as const,
    clientTracking: false,
    perMessageDeflate: compression?.negotiation ?? false,
    maxPayload,
    closeTimeout: CLOSE_TIMEOUT_MS,
    handleProtocols: (offered: Set<string>) => (offered.has(PROTOCOL) ? PROTOCOL : false),
  }
  const sockets = new Sockets(hub.clock)
  const webSockets = new WebSocketServer(settings)
  const transports = new WeakMap<IncomingMessage, Transport<Buffer>>()
  if (compression)
    webSockets.on('headers', (lines, request) => {
      transports.set(request, compression.transportFor(lines))
    })

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // Until `ws` has taken the socket over, a reset by the peer would be an uncaught error.
    const ignore = (): void => {}
    socket.on('error', ignore)
    sockets.add(socket)
    const { headers } = request
    const [pathname] = (request.url ?? '/').split('?')
    if (path !== undefined && pathname !== path) return refuse(socket, 404, `The chat is at ${path}.`)
    if (!isOriginAllowed(headers.origin, headers.host, origins))
      return refuse(socket, 403, 'Pages of this origin may not connect; the operator can allow them.')
    const offered = headers['sec-websocket-protocol']?.split(',').map(each => each.trim())
    if (offered && !offered.includes(PROTOCOL))
      return refuse(socket, 400, `This server speaks the subprotocol ${PROTOCOL}.`)
    if (!hub.ready) return refuse(socket, 503, 'The server is stopping.', [retryAfter(5_000)])
    const peer = peerOf(request)
    const admitted = admit?.(peer) ?? true
    if (admitted !== true)
      return refuse(socket, 429, 'Too many connections from this address.', [
        retryAfter(admitted.retryAfterMs),
      ])
    webSockets.handleUpgrade(request, socket, head, ws => {
      socket.off('error', ignore)
      const transport = transports.get(request) ?? wsTransport
      if (compression) inflateAtOnce(ws, maxPayload)
      hub.accept(new WsConnection(ws, socket, peer, transport, hub.limits.frameBytes))
    })
    return undefined
  }

  server.on('upgrade', upgrade)
  const detach = (): void => {
    server.off('upgrade', upgrade)
  }
  return { sockets, detach }
}
