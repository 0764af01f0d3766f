import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** A `stock-bot` of its own process, and what it has said. */
export interface Child extends AsyncDisposable {
  readonly process: ChildProcess
  readonly out: () => string
  readonly err: () => string
  /** What it has said with `--log json`. */
  readonly lines: () => Record<string, unknown>[]
  /** How it ended: the code, or the signal's name. */
  readonly ended: Promise<number | NodeJS.Signals | null>
}

/** Starts the binary. It is killed, at the latest, when the scope ends. */
export function stockBot(args: readonly string[], env: Readonly<Record<string, string>> = {}): Child {
  const child = spawn(process.execPath, ['--conditions=@hubbub/source', MAIN, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  const ended = new Promise<number | NodeJS.Signals | null>(resolve => {
    child.on('close', (code, signal) => {
      resolve(code ?? signal)
    })
  })
  return {
    process: child,
    out: () => out,
    err: () => err,
    lines: () =>
      err
        .trim()
        .split('\n')
        .map(line => JSON.parse(line) as Record<string, unknown>),
    ended,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await ended
    },
  }
}
