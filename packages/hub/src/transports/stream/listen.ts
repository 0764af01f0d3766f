import { once } from 'node:events'
import { unlink } from 'node:fs/promises'
import { connect, createServer, type ListenOptions, type Server, type Socket } from 'node:net'
import { stopping } from '../../errors.ts'
import type { Hub } from '../../hub.ts'
import { addressOf, listening } from '../listening.ts'
import { acceptStream } from './accept.ts'

/** Where to listen: a Unix socket, or a TCP port. */
export type StreamAddress =
  /** A path; what a process that is gone has left there is replaced. The file's mode is the process's umask's. */
  | { readonly path: string }
  /** Port 0 takes a free one. `host` is 127.0.0.1 by default: only this machine. */
  | { readonly port: number; readonly host?: string }

/** A listening server. */
export interface StreamServer {
  /** What to connect to, as `net.connect` takes it. */
  readonly address: { readonly path: string } | { readonly port: number; readonly host: string }
  /** Stops listening and ends what is still connected. Called by the hub's `close` as well. Idempotent. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Takes connections for the hub at a Unix socket or a TCP port. Closes with the hub. Anybody who reaches it may
 * connect: there is no origin to look at and no encryption. Rejects with the system's error (`EADDRINUSE`,
 * `EACCES`) where the address is not to be had, and with `unavailable` where the hub stops before it listens.
 */
export async function listenStream(hub: Hub, address: StreamAddress): Promise<StreamServer> {
  if (!hub.ready) throw stopping()
  const open = new Set<Socket>()
  const server = createServer({ noDelay: true }, socket => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    const address = addressOf(socket)
    acceptStream(hub, socket, { peer: address ? { address } : {} })
  })
  const where = 'path' in address ? address : { host: '127.0.0.1', ...address }
  const bound = bind(server, where)

  const close = await listening(hub, bound, async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    // The hub closes its connections itself when it is the one who stops; else nobody would.
    if (hub.ready) for (const socket of open) socket.destroy()
    await closed
  })
  const taken = server.address()
  return {
    address: typeof taken === 'object' && taken && 'port' in where ? { ...where, port: taken.port } : where,
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function bind(server: Server, where: ListenOptions): Promise<void> {
  const listen = async (): Promise<void> => {
    server.listen(where)
    await once(server, 'listening')
  }
  try {
    await listen()
  } catch (error) {
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
    if (!taken || where.path === undefined || (await answers(where.path))) throw error
    await unlink(where.path)
    await listen()
  }
}

/** Whether somebody listens there; only a refusal says that nobody does. */
async function answers(path: string): Promise<boolean> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED')
  } finally {
    socket.destroy()
  }
}
