import { createServer, type Socket } from 'node:net'
import { freePort } from '../../../../.config/services/ports.ts'

/** A server on loopback that does with each connection what a test wants. */
export interface Loopback extends AsyncDisposable {
  /** Host and port. */
  readonly host: string
}

export async function listen(onSocket: (socket: Socket) => void): Promise<Loopback> {
  const [port = 0] = await freePort(1)
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    onSocket(socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve)
  })
  return {
    host: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => {
        server.close(resolve)
      })
    },
  }
}
