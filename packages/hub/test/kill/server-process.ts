import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

const SERVER = fileURLToPath(new URL('server.ts', import.meta.url))

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

/** One life of the server: from its start to its SIGKILL. */
export class ServerProcess {
  /** Resolves with whether it came to listen before it ended. */
  readonly ready: Promise<boolean>
  readonly #child: ChildProcess
  readonly #exit: Promise<NodeJS.Signals | null>
  #stderr = ''

  constructor(port: number, file: string) {
    const args = ['--conditions=@hubbub/source', SERVER, String(port), file]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const ready = Promise.withResolvers<boolean>()
    const exit = Promise.withResolvers<NodeJS.Signals | null>()
    child.stdout.setEncoding('utf8').once('data', () => {
      ready.resolve(true)
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text
    })
    child.once('close', (_code, signal) => {
      ready.resolve(false)
      exit.resolve(signal)
    })
    this.#child = child
    this.ready = ready.promise
    this.#exit = exit.promise
  }

  /** Ends it as nothing could end it more abruptly; returns what it did that it should not have. */
  async kill(): Promise<string | undefined> {
    this.#child.kill('SIGKILL')
    const signal = await this.#exit
    if (signal !== 'SIGKILL') return `the server ended by itself: ${this.#stderr}`
    return this.#stderr === '' ? undefined : this.#stderr
  }
}
