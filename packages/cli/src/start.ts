/** Runs `chat-cli` on the real process. */
import { systemClock } from '@hubbub/hub'
import { CliError, Exit, Interrupted } from './exit.ts'
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
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    // `chat-cli tail | head` is over when its reader is, and that is no error. A full disk is one.
    const gone = error.code === 'EPIPE'
    ending.abort(
      gone
        ? new Interrupted('its reader', Exit.ok)
        : new CliError(Exit.error, `cannot write: ${error.message}`),
    )
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
  await written(stdout)
  const { reason } = ending.signal as { reason: unknown }
  // What was printed last can fail when the work is done already.
  const late = code === Exit.ok && reason instanceof CliError
  if (late) stderr.write(`error: ${reason.message}\n`)
  await written(stderr)
  process.exit(late ? reason.exitCode : code)
}

/** Resolves when all that was written has left, or cannot. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise(resolve => {
    stream.write('', () => {
      resolve()
    })
  })
}
