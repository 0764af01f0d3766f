import { type Clock, secret as randomSecret, systemClock, systemRandom } from '../clock.ts'
import { PROTOCOL } from '../protocol/codes.ts'
import { name as nameField, secret as secretField } from '../protocol/values.ts'
import { type BackoffRange, DEFAULT_BACKOFF } from './backoff.ts'
import type { ClientOptions, ClientSocket, Connect } from './types.ts'

/** The options after defaults. */
export interface ResolvedClientOptions {
  readonly url: string
  readonly name: ClientOptions['name']
  readonly onNameTaken: ClientOptions['onNameTaken']
  readonly token: ClientOptions['token']
  readonly connect: Connect
  readonly backoff: BackoffRange
  readonly queue: number
  readonly clock: Clock
  readonly random: () => number
  readonly secret: () => string
}

const DEFAULT_QUEUE = 200
/** Longest time that a platform's timer can be set to, in milliseconds (25 days): beyond it, it fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** Opens the platform's `WebSocket` with the protocol's name. */
const platformSocket: Connect = url =>
  // Its handlers are typed to be called on it; ours do not ask what they are called on.
  new WebSocket(url, PROTOCOL) as Pick<WebSocket, 'send' | 'close'> as ClientSocket

/** The options with their defaults. Throws a TypeError or RangeError that names the one that cannot be used. */
export function resolveOptions(options: ClientOptions): ResolvedClientOptions {
  const { name, connect, queue = DEFAULT_QUEUE, backoff = {} } = options
  const url = String(options.url)
  if (!connect) checkUrl(url)
  const problem = name === undefined ? undefined : nameField.problem(name)
  if (problem) throw new TypeError(`name ${problem.message}`)
  const { token } = options
  const wrong = token === undefined || typeof token === 'function' ? undefined : secretField.problem(token)
  if (wrong) throw new TypeError(`token ${wrong.message}`)
  if (!Number.isSafeInteger(queue) || queue < 0)
    throw new RangeError(`queue must be an integer from 0, got ${String(queue)}`)
  const range = {
    minMs: backoff.minMs ?? DEFAULT_BACKOFF.minMs,
    maxMs: backoff.maxMs ?? DEFAULT_BACKOFF.maxMs,
  }
  if (!(range.minMs > 0 && Number.isFinite(range.minMs)))
    throw new RangeError(`backoff.minMs must be a number of milliseconds above 0, got ${range.minMs}`)
  if (!(range.maxMs >= range.minMs && Number.isFinite(range.maxMs)))
    throw new RangeError(
      `backoff.maxMs must be a number from backoff.minMs (${range.minMs}), got ${range.maxMs}`,
    )
  return {
    url,
    name,
    onNameTaken: options.onNameTaken,
    token,
    connect: connect ?? platformSocket,
    backoff: range,
    queue,
    clock: bounded(options.clock ?? systemClock),
    random: options.random ?? systemRandom,
    secret: options.secret ?? randomSecret,
  }
}

/** A wrong address would otherwise be tried for ever. */
function checkUrl(url: string): void {
  const { protocol } = URL.parse(url) ?? {}
  if (protocol !== 'ws:' && protocol !== 'wss:')
    throw new TypeError(`url must be a ws:// or wss:// address, got ${JSON.stringify(url)}`)
}

/** The same clock for any wait: one that a server asks for must not become a storm of attempts. */
function bounded(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    setTimer: (fire, ms) => clock.setTimer(fire, Math.min(ms, MAX_TIMER_MS)),
  }
}
