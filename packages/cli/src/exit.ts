/** How `chat-cli` ends: what its exit codes mean, and the errors that carry one. */

/** The exit codes that scripts may rely on. A signal adds 128 to its number: 130, 143. */
export const Exit = {
  ok: 0,
  error: 1,
  usage: 2,
  notFound: 3,
  auth: 4,
  noConnection: 5,
  refused: 6,
  noAnswer: 7,
} as const

export type ExitCode = (typeof Exit)[keyof typeof Exit]

/** Something that the user is told in one line, without a stack. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly exitCode: ExitCode

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

/** The user, the system or the reader of our output wants this to end: nothing is to be said about it. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
  readonly exitCode: number

  constructor(by: string, exitCode: number) {
    super(`ended by ${by}`)
    this.exitCode = exitCode
  }
}

/** What the help says about exit codes. */
export const EXIT_CODES_HELP = `Exit codes:
  0  done                       5  cannot connect
  1  error                      6  refused by the server
  2  wrong usage                7  an answer that was owed did not come
  3  not found                  130, 143  ended by SIGINT, SIGTERM before it was done
  4  not allowed`
