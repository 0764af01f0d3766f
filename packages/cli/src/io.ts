/** Everything a verb may touch of the world around it, so that a test can hand it another one. */
import type { Readable, Writable } from 'node:stream'
import type { Clock } from '@hubbub/hub'

/** Standard streams, environment and time. Data goes to `stdout`, all else that is said to `stderr`. */
export interface Io {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number }
  readonly stderr: Writable & { readonly isTTY?: boolean }
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborts, with an `Interrupted`, when the process should end. */
  readonly signal: AbortSignal
  readonly clock: Clock
  /** IANA time zone of the times that are printed. @default the machine's */
  readonly timeZone?: string
}

/** One line of data. */
export function print(io: Io, line: string): void {
  io.stdout.write(`${line}\n`)
}

/** One line of narration. */
export function say(io: Io, line: string): void {
  io.stderr.write(`${line}\n`)
}

/** Whether a full-screen client can run here. */
export function isTerminal({ stdin, stdout, env }: Io): boolean {
  return stdin.isTTY === true && stdout.isTTY === true && env['TERM'] !== 'dumb'
}

/** Whether data may be coloured. */
export function wantsColour({ stdout, env }: Io): boolean {
  return stdout.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
}
