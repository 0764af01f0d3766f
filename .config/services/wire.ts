import { connect, createServer, type Socket } from 'node:net'
import { freePort } from './ports.ts'

/** A TCP connection that a test can cut: it listens on its own port and passes on to another. */
export interface Wire {
  readonly port: number
  /** Cuts what is connected now; new connections pass. */
  drop(): void
  /** Cuts what is connected, and accepts nothing more until `mend()`. */
  cut(): void
  /** Lets connections in and says nothing to them, until `mend()`: what is connected stays so. */
  silence(): void
  /** Passes nothing more of what is connected, which stays so as if nothing had happened; new connections pass. */
  freeze(): void
  mend(): void
  /** Called with what the far side sends, before it is passed on; what it returns is passed on instead. */
  onAnswer: ((bytes: Buffer) => Buffer | undefined) | undefined
  /** How many connections were made to it. */
  readonly connections: number
  stop(): Promise<void>
}

const DEFAULT_PORTS = new Map([
  ['amqp:', 5672],
  ['postgres:', 5432],
  ['redis:', 6379],
])

/** A wire to the service at an address. */
export async function wire(url: string): Promise<Wire> {
  const { protocol, hostname, port: given } = new URL(url)
  const target = Number(given) || DEFAULT_PORTS.get(protocol)
  if (!target) throw new Error(`wire: the address of a ${protocol} service must name its port`)
  const [port = 0] = await freePort(1)
  const near = new Set<Socket>()
  const frozen = new WeakSet<Socket>()
  let mode: 'open' | 'cut' | 'silent' = 'open'
  let connections = 0
  const server = createServer(socket => {
    connections += 1
    near.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => near.delete(socket))
    if (mode === 'cut') socket.destroy()
    if (mode !== 'open') return
    const far = connect(target, hostname)
    far.on('error', () => socket.destroy())
    far.on('close', () => socket.destroy())
    socket.on('close', () => far.destroy())
    far.on('data', bytes => {
      if (frozen.has(socket)) return
      const passed = self.onAnswer?.(bytes) ?? bytes
      if (!socket.destroyed) socket.write(passed)
    })
    socket.pipe(far)
  })
  await new Promise<void>(resolve => {
    server.listen(port, '127.0.0.1', resolve)
  })
  const drop = () => {
    for (const socket of near) socket.resetAndDestroy()
  }
  const self: Wire = {
    port,
    drop,
    cut() {
      mode = 'cut'
      drop()
    },
    silence() {
      mode = 'silent'
    },
    freeze() {
      for (const socket of near) {
        frozen.add(socket)
        socket.unpipe()
        socket.resume()
      }
    },
    mend() {
      mode = 'open'
    },
    onAnswer: undefined,
    get connections() {
      return connections
    },
    async stop() {
      mode = 'cut'
      for (const socket of near) socket.destroy()
      await new Promise(resolve => {
        server.close(resolve)
      })
    },
  }
  return self
}

/** The same address, through the wire. */
export function through(url: string, { port }: Wire): string {
  const changed = new URL(url)
  changed.hostname = '127.0.0.1'
  changed.port = String(port)
  return changed.href
}
