/** Runs `chat-cli` on the real process. */
import { once } from 'node:events'
import { systemClock } from '@hubbub/hub'
import { Interrupted } from './exit.ts'
import { runCli } from './run-cli.ts'

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const

/** Reads the arguments, does what they say, and ends the process with the exit code. */
export async function start(): Promise<void> {
  const { stdin, stdout, stderr, env } = process
  const ending = new AbortController()
  for (const [name, number] of Object.entries(SIGNALS))
    process.on(name, () => {
      // Whoever asks twice does not want to wait for a graceful end.
      if (ending.signal.aborted) process.exit(128 + number)
      ending.abort(new Interrupted(name, 128 + number))
    })
  // `chat-cli tail | head` is over when its reader is, and that is no error.
  stdout.on('error', () => {
    ending.abort(new Interrupted('its reader', 0))
  })
  // Nobody is left to be told.
  stderr.on('error', () => {})

  const code = await runCli(process.argv.slice(2), {
    stdin,
    stdout,
    stderr,
    env,
    signal: ending.signal,
    clock: systemClock,
  })
  for (const stream of [stdout, stderr]) if (stream.writableLength > 0) await once(stream, 'drain')
  process.exit(code)
}
