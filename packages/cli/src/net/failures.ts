/** Errors of the client and of the server, as a person understands them and as an exit code. */
import type { ClientError, ClientErrorCode } from '@hubbub/hub/client'
import { CliError, Exit, type ExitCode } from '../exit.ts'
import { sanitizeLine } from '../terminal/sanitize.ts'

const CODES: Readonly<Record<ClientErrorCode, ExitCode>> = {
  'bad-request': Exit.refused,
  unauthenticated: Exit.auth,
  forbidden: Exit.auth,
  'not-found': Exit.notFound,
  'not-joined': Exit.refused,
  'too-large': Exit.refused,
  'rate-limited': Exit.refused,
  unavailable: Exit.refused,
  'no-bot': Exit.refused,
  internal: Exit.refused,
  closed: Exit.refused,
  'queue-full': Exit.refused,
  unsettled: Exit.noAnswer,
  timeout: Exit.noAnswer,
}

/** Whether an error is the client's or the server's word, and so says something to the user. */
export function isClientError(error: unknown): error is ClientError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code in CODES
}

/** What the error says, harmless and on one line. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return sanitizeLine(String(error))
  const message = sanitizeLine(error.message)
  // A refusal without words still has a code.
  return message || (isClientError(error) ? error.code : error.name)
}

/** What has become of a publish that failed: one that had no answer may have been sent all the same. */
export function fateOf(error: unknown): 'no answer' | 'not sent' {
  return isClientError(error) && error.code === 'unsettled' ? 'no answer' : 'not sent'
}

/** Whether going on makes no sense: who we are is not accepted here, or not any more. */
export function endsEverything(error: unknown): boolean {
  return isClientError(error) && (CODES[error.code] === Exit.auth || error.code === 'closed')
}

/** The error that ends a verb, for one of the client's; anything else is handed back as it is. */
export function failure(what: string, error: unknown): unknown {
  if (!isClientError(error)) return error
  return new CliError(CODES[error.code], `${what}: ${wordsOf(error)}`, { cause: error })
}
