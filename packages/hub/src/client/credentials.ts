import type { Clock } from '../clock.ts'
import { secret as secretField } from '../protocol/values.ts'
import { ClientError } from './errors.ts'
import type { ClientOptions } from './types.ts'
import { Waiter } from './waiter.ts'

/** How long an application may take to get a token, in milliseconds. */
const TOKEN_MS = 10_000

/**
 * The token for the next connection. Rejects with `timeout` when it does not come in 10 s, with `unavailable`
 * and the cause when the application's function fails or gives what is no token, with the signal's reason when that aborts.
 */
export async function askToken(
  token: ClientOptions['token'],
  clock: Clock,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (typeof token !== 'function') return token
  const over = new AbortController()
  const waiter = new Waiter<string>({
    clock,
    ms: TOKEN_MS,
    late: () => new ClientError('timeout', `the token did not come within ${TOKEN_MS / 1_000} s`),
    signal,
    // Whatever ended the wait, the application may stop looking for a token that nobody waits for.
    onSettled: () => {
      over.abort()
    },
  })
  const ask = async (): Promise<void> => {
    try {
      const given = await token(over.signal)
      const problem = secretField.problem(given)
      // No server would take it; one that is longer than a frame would end the client.
      if (problem) throw new TypeError(`the token ${problem.message}`)
      waiter.resolve(given)
    } catch (cause) {
      waiter.reject(new ClientError('unavailable', 'the token could not be had', { cause }))
    }
  }
  void ask()
  return waiter.promise
}
