/** The world that a verb sees, made of streams that a test reads and writes. */
import { PassThrough } from 'node:stream'
import type { Clock } from '@hubbub/hub'
import { VirtualClock } from '@hubbub/hub/testing'
import type { Io } from '../../src/io.ts'

/** An Io with what was written to it. */
export interface TestIo extends Io {
  readonly stdin: PassThrough & { isTTY?: boolean }
  readonly stdout: PassThrough & { isTTY?: boolean }
  readonly stderr: PassThrough & { isTTY?: boolean }
  readonly out: () => string
  readonly err: () => string
  /** Ends the verb, as a signal does. */
  readonly interrupt: (reason: Error) => void
}

export interface TestIoOptions {
  readonly clock?: Clock
  readonly env?: Readonly<Record<string, string>>
  /** Whether standard output is a terminal. */
  readonly tty?: boolean
}

export function testIo({ clock = new VirtualClock(), env = {}, tty = false }: TestIoOptions = {}): TestIo {
  const ending = new AbortController()
  const stdout = Object.assign(new PassThrough(), { isTTY: tty })
  const stderr = new PassThrough()
  const read = (stream: PassThrough): (() => string) => {
    let text = ''
    stream.setEncoding('utf8')
    stream.on('data', (part: string) => {
      text += part
    })
    return () => text
  }
  return {
    stdin: new PassThrough(),
    stdout,
    stderr,
    env,
    clock,
    timeZone: 'UTC',
    signal: ending.signal,
    out: read(stdout),
    err: read(stderr),
    interrupt: reason => {
      ending.abort(reason)
    },
  }
}
