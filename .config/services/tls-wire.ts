import { connect } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import type { Certificate } from './certificates.ts'
import { freePort } from './ports.ts'

/** Speaks TLS on its own port, and passes what it hears on to a RabbitMQ that does not. */
export interface TlsWire {
  readonly port: number
  /** Shows this certificate to whoever comes from now on. */
  present(certificate: Certificate): void
  stop(): Promise<void>
}

/** A wire to the RabbitMQ at an address. */
export async function tlsWire(url: string, certificate: Certificate): Promise<TlsWire> {
  const { hostname, port: target } = new URL(url)
  const [port = 0] = await freePort(1)
  const near = new Set<TLSSocket>()
  const server = createServer(certificate, socket => {
    near.add(socket)
    const far = connect(Number(target) || 5672, hostname)
    far.on('error', () => socket.destroy())
    far.on('close', () => socket.destroy())
    socket.on('error', () => undefined)
    socket.on('close', () => {
      near.delete(socket)
      far.destroy()
    })
    socket.pipe(far).pipe(socket)
  })
  // Somebody whom the certificate does not please: that is what some tests are about.
  server.on('tlsClientError', () => undefined)
  await new Promise<void>(resolve => {
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    port,
    present(next) {
      server.setSecureContext(next)
    },
    async stop() {
      for (const socket of near) socket.destroy()
      await new Promise(resolve => {
        server.close(resolve)
      })
    },
  }
}
