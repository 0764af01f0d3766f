import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Hub } from '../../hub.ts'
import { PROTOCOL } from '../../protocol/codes.ts'
import { attach, type AttachOptions } from './attach.ts'

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

/** How long connections may take to end by themselves once the server stops. */
const GRACE_MS = 3_000
/** However late it is: a close frame that was just written must get out. */
const MIN_GRACE_MS = 100

/**
 * Opens an HTTP server that does nothing but take WebSockets for the hub. Closes with the hub. Rejects with
 * the system's error (`EADDRINUSE`, `EACCES`) where the port is not to be had.
 */
export async function listen(hub: Hub, options: ListenOptions = {}): Promise<WsServer> {
  const { port = 4480, host = '127.0.0.1' } = options
  const open = new Set<Socket>()
  const server = createServer((_request, response) => {
    response.writeHead(426, { 'content-type': 'text/plain; charset=utf-8', upgrade: 'websocket' })
    response.end(`A chat server: connect with WebSocket, subprotocol ${PROTOCOL}.\n`)
  })
  /** One function for all of them: a closure for each is felt with thousands. */
  function forgetSocket(this: Socket): void {
    open.delete(this)
  }
  server.on('connection', socket => {
    open.add(socket)
    socket.on('close', forgetSocket)
  })
  const detach = attach(hub, server, options)
  await bind(server, port, host)
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server has no address')

  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= stop(GRACE_MS)
    return closing
  }
  const stop = async (leftMs: number): Promise<void> => {
    forget()
    const closed = Promise.withResolvers<void>()
    server.close(() => {
      closed.resolve()
    })
    // What is no WebSocket has nothing to wait for; a WebSocket has its closing handshake.
    server.closeAllConnections()
    const cancel = hub.clock.setTimer(
      () => {
        for (const socket of open) socket.destroy()
      },
      Math.max(MIN_GRACE_MS, Math.min(GRACE_MS, leftMs)),
    )
    // The hub closes its connections itself when it is the one who stops; else nobody would.
    if (hub.ready) for (const socket of open) socket.destroy()
    await closed.promise
    cancel()
    detach()
  }
  const forget = hub.onClose(leftMs => (closing ??= stop(leftMs)))
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
