import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** An example that runs in a process of its own. */
export interface ExampleServer extends AsyncDisposable {
  readonly url: string
  /** Tells it to stop; resolves with its exit code. */
  stop(): Promise<unknown>
}

/** Starts an example of this folder and waits until it is ready. It is killed, at the latest, with the scope. */
export async function startExample(
  path: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ExampleServer> {
  const server = fileURLToPath(new URL(`../../${path}`, import.meta.url))
  const child = spawn(process.execPath, ['--conditions=@hubbub/source', server], {
    env: { ...process.env, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = new Promise(resolve => child.once('exit', code => resolve(code)))
  const url = await new Promise<string>((resolve, reject) => {
    let text = ''
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`it ended with ${code}: ${text}`)))
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part
      const [, found] = /ready: (ws:\S+)\n/.exec(text) ?? []
      if (found) resolve(found)
    })
  })
  const end = (signal: NodeJS.Signals): Promise<unknown> => {
    child.kill(signal)
    return exit
  }
  return {
    url,
    stop: () => end('SIGTERM'),
    async [Symbol.asyncDispose]() {
      await end('SIGKILL')
    },
  }
}
