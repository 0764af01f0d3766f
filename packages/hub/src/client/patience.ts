import { MAX_BUDGET_MS } from '../protocol/values.ts'
import { ClientError } from './errors.ts'

/** A log knows a message again for at least this long: behind it a retry could be a second message. */
const UNSETTLED_MS = 600_000
/** What the protocol calls a command. */
const COMMAND = /^\/[a-z][a-z0-9_-]{0,31}(?:[= ]|$)/i

/** Whether a text goes to a bot: whoever gave it waits for the answer. */
export const isCommand = (text: string): boolean => COMMAND.test(text)

/** How long a text may go without the server's answer before it is given up, in milliseconds. */
export const patienceWith = (text: string): number => (isCommand(text) ? MAX_BUDGET_MS : UNSETTLED_MS)

/** What a text that is given up is rejected with; `wasSent` where the server may have it. */
export function tooOld(text: string, wasSent: boolean): ClientError {
  if (!isCommand(text))
    return new ClientError(
      'unsettled',
      'it was not settled within 10 minutes; whether it has landed is not known',
    )
  const seconds = MAX_BUDGET_MS / 1_000
  return new ClientError(
    'unsettled',
    wasSent
      ? `it had no answer within ${seconds} s; whether a bot has it is not known`
      : `it could not be sent within ${seconds} s, and nobody waits longer for a bot`,
  )
}
