/** `chat-cli` as its users run it: the built file, in a process of its own. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { onTestFinished, vi } from 'vitest'

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url))
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
/** How long a test waits for a process to say or do something, in milliseconds. */
const PATIENCE_MS = 15_000

/** Whatever is not on this machine is sought where nobody listens: no test may depend on the internet. */
const OFFLINE = {
  NODE_USE_ENV_PROXY: '1',
  HTTP_PROXY: 'http://127.0.0.1:9',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  NO_PROXY: '127.0.0.1',
}

/** A running `chat-cli`. It is killed when the test lets go of it. */
export interface Cli extends AsyncDisposable {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly out: () => string
  readonly err: () => string
  /** The exit code, or 128 and the number of the signal that ended it. */
  readonly exit: Promise<number>
  /** Resolves with the first match in what it printed on either stream; fails when it ends without. */
  says(pattern: RegExp): Promise<RegExpExecArray>
  /** Writes a line to its standard input. */
  type(line: string): void
}

/** Starts `chat-cli` with standard input open. */
export function cli(...args: string[]): Cli {
  return start(['--conditions=@hubbub/source', MAIN, ...args])
}

/** Starts Node with these arguments, in the repository's root. */
export function start(args: readonly string[]): Cli {
  const { NO_COLOR: _, FORCE_COLOR: __, ...env } = process.env
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...env, ...OFFLINE, TZ: 'UTC' },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const read = (stream: Readable): (() => string) => {
    let text = ''
    stream.setEncoding('utf8')
    stream.on('data', (part: string) => {
      text += part
    })
    return () => text
  }
  const out = read(child.stdout)
  const err = read(child.stderr)
  // A process that has ended takes no input; its exit code says more than this error.
  child.stdin.on('error', () => {})
  const { promise: exit, resolve, reject } = Promise.withResolvers<number>()
  child.once('error', reject)
  let ended = false
  // A test that runs out of time does not get as far as letting go.
  onTestFinished(() => {
    if (!ended) child.kill('SIGKILL')
  })
  child.once('close', (code, signal) => {
    ended = true
    resolve(code ?? 128 + (signal === 'SIGKILL' ? 9 : 0))
  })
  return {
    child,
    out,
    err,
    exit,
    async says(pattern) {
      return vi.waitFor(
        () => {
          const found = pattern.exec(out()) ?? pattern.exec(err())
          if (found) return found
          const state = ended ? 'ended without saying' : 'does not say'
          throw new Error(`${args.slice(2).join(' ')} ${state} ${pattern}: ${out()}${err()}`)
        },
        { timeout: PATIENCE_MS, interval: 20 },
      )
    },
    type(line) {
      child.stdin.write(`${line}\n`)
    },
    async [Symbol.asyncDispose]() {
      if (!ended) child.kill('SIGKILL')
      await exit
    },
  }
}

/** Starts `chat-cli serve` on a free port and waits until it serves. */
export async function serve(...args: string[]): Promise<Cli & { readonly url: string }> {
  const server = cli('serve', '--port', '0', ...args)
  const [, url = ''] = await server.says(/chat-cli ready: (ws:\S+)/)
  return { ...server, url }
}

/** Runs to the end with this input. */
export async function runToEnd(
  args: readonly string[],
  input = '',
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  await using run = cli(...args)
  run.child.stdin.end(input)
  const code = await run.exit
  return { code, out: run.out(), err: run.err() }
}
