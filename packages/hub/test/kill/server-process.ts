import { createServer } from 'node:net'
import { Victim } from './victim.ts'

const SERVER = new URL('server.ts', import.meta.url)

/** A port of the loopback that nobody has now, below those that systems give out by themselves. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const server = createServer()
    server.once('error', () => {
      resolve(false)
    })
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true)
      })
    })
    if (await promise) return port
  }
}

/** One life of the server. */
export class ServerProcess extends Victim {
  constructor(port: number, file: string) {
    super('the server', SERVER, [String(port), file])
  }
}
