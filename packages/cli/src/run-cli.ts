/** From arguments to an exit code, on any streams. */
import { CommanderError } from 'commander'
import { CliError, Exit, Interrupted } from './exit.ts'
import { type Io, say } from './io.ts'
import { createProgram } from './program.ts'
import { sanitizeText } from './terminal/sanitize.ts'

/** Does what the arguments say. Resolves with the exit code; what went wrong has been said by then. */
export async function runCli(args: readonly string[], io: Io): Promise<number> {
  let code: number = Exit.ok
  const program = createProgram(io, async work => {
    code = await work
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    return report(error, io)
  }
}

function report(error: unknown, io: Io): number {
  // Commander has said what was wrong, or has printed the help or the version.
  if (error instanceof CommanderError) return error.exitCode === 0 ? Exit.ok : Exit.usage
  if (error instanceof Interrupted) return error.exitCode
  if (error instanceof CliError) {
    say(io, `error: ${sanitizeText(error.message)}`)
    return error.exitCode
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  say(io, `error: something that should not happen did: ${sanitizeText(text)}`)
  return Exit.error
}
