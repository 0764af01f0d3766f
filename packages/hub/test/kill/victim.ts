import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** One life of a process: from its start to its SIGKILL. */
export class Victim {
  /** Resolves with whether it came to say something before it ended. */
  readonly ready: Promise<boolean>
  readonly #name: string
  readonly #child: ChildProcess
  readonly #exit: Promise<NodeJS.Signals | null>
  #stderr = ''

  /**
   * @param name in complaints, for example `the server`
   * @param onOutput given what it prints
   */
  constructor(name: string, script: URL, args: readonly string[], onOutput?: (text: string) => void) {
    this.#name = name
    const argv = ['--conditions=@hubbub/source', fileURLToPath(script), ...args]
    const child = spawn(process.execPath, argv, { stdio: ['pipe', 'pipe', 'pipe'] })
    const ready = Promise.withResolvers<boolean>()
    const exit = Promise.withResolvers<NodeJS.Signals | null>()
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      ready.resolve(true)
      onOutput?.(text)
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
    if (signal !== 'SIGKILL') return `${this.#name} ended by itself: ${this.#stderr}`
    return this.#stderr === '' ? undefined : `${this.#name}: ${this.#stderr}`
  }
}
