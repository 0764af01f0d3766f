import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onCore } from '../../../../.config/bench/pin.ts'

/** How long a process may take for one answer. */
const ANSWER_MS = 240_000

/** Another Node process on one core, that answers what it is asked, one question at a time. */
export class PinnedProcess {
  readonly #child: ChildProcess
  readonly #name: string

  /** @param flags Node's own, for example `--cpu-prof`. */
  constructor(core: number, script: string, args: readonly string[], flags: readonly string[] = []) {
    const file = fileURLToPath(new URL(script, import.meta.url))
    const node = ['--conditions=@hubbub/source', ...flags, file, ...args]
    const [command, rest] = onCore(core, process.execPath, node)
    this.#name = script
    this.#child = spawn(command, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  }

  /** Resolves with its next answer. Rejects when it ends, or takes too long. */
  async answer(): Promise<unknown> {
    const { signal, abort } = deadline()
    try {
      const [first] = (await Promise.race([
        once(this.#child, 'message', { signal }),
        once(this.#child, 'exit', { signal }).then(() => {
          throw new Error(`${this.#name} ended`)
        }),
      ])) as unknown[]
      return first
    } finally {
      abort()
    }
  }

  ask(question: object): Promise<unknown> {
    const answer = this.answer()
    this.#child.send(question)
    return answer
  }

  /** Ends it; resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exit = once(this.#child, 'exit')
    // Both ends go when the channel does; who does not is ended.
    this.#child.disconnect()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5_000)
    await exit
    clearTimeout(timer)
  }
}

function deadline(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController()
  const timer = setTimeout(() => {
    controller.abort(new Error(`no answer within ${ANSWER_MS} ms`))
  }, ANSWER_MS)
  return {
    signal: controller.signal,
    abort: () => {
      clearTimeout(timer)
      controller.abort()
    },
  }
}
