import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { stopping } from '../../errors.ts'
import type { Hub } from '../../hub.ts'
import { PROTOCOL } from '../../protocol/codes.ts'
import { listening } from '../listening.ts'
import { type AttachOptions, attachSockets } from './attach.ts'

/** Where to listen, and who may come in. */
export interface ListenOptions extends AttachOptions {
  /** 0 takes a free one. @default 4480 */
  readonly port?: number
  /** @default '127.0.0.1': only this machine */
  readonly host?: string
}

/** A listening server. */
export interface WsServer {
  /** For example `ws://127.0.0.1:4480`. */
  readonly url: string
  readonly host: string
  readonly port: number
  /** Stops listening and ends what is still connected. Called by the hub's `close` as well. Idempotent. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Opens an HTTP server that does nothing but take WebSockets for the hub. Closes with the hub. Rejects with
 * the system's error (`EADDRINUSE`, `EACCES`) where the port is not to be had, and with `unavailable` where the hub
 * stops before it listens.
 */
export async function listen(hub: Hub, options: ListenOptions = {}): Promise<WsServer> {
  const { port = 4480, host = '127.0.0.1' } = options
  if (!hub.ready) throw stopping()
  const server = createServer((_request, response) => {
    response.writeHead(426, { 'content-type': 'text/plain; charset=utf-8', upgrade: 'websocket' })
    response.end(`A chat server: connect with WebSocket, subprotocol ${PROTOCOL}.\n`)
  })
  const { sockets, detach } = attachSockets(hub, server, options)
  const bound = bind(server, port, host)

  const close = await listening(hub, bound, async leftMs => {
    detach()
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    // What is no WebSocket has nothing to wait for; a WebSocket has its closing handshake.
    server.closeAllConnections()
    // The hub closes its connections itself when it is the one who stops; else nobody would.
    if (hub.ready) sockets.destroy()
    await Promise.all([closed, sockets.end(leftMs)])
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server has no address')

  const shown = host.includes(':') ? `[${host}]` : host
  return {
    url: `ws://${shown}:${address.port}`,
    host,
    port: address.port,
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function bind(server: Server, port: number, host: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(port, host, resolve)
  await promise
  server.off('error', reject)
}
