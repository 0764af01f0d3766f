import { createHash } from 'node:crypto'
import type { Limits } from '../limits.ts'
import { MAX_KEY_LENGTH } from '../input.ts'
import type { Verdict } from '../verdict.ts'
import { checkedPrefix, DEFAULT_PREFIX, keyOfAddress } from './address.ts'
import { type Policy, rateLimitHeaders } from './headers.ts'
import { type Problem, problemOf } from './problem.ts'
import { clientAddress, type Trust, trustedProxies } from './proxies.ts'

/** What decides about requests: a `Limiter`, a `RedisLimiter`, or several limits made one by `limits()`. */
export type Decider<Key> = { check(key: Key, cost?: number): Verdict | Promise<Verdict> } & (
  | Policy
  | Pick<Limits<string>, 'policies'>
)

/** A key, or one for each of several limits. */
export type HttpKey = string | { readonly [name: string]: string }

type Awaitable<Value> = Value | Promise<Value>

export interface GuardOptions<Request, Key extends HttpKey = string> {
  readonly limiter: Decider<Key>
  /**
   * Whom a request counts for; `undefined`: it is not limited. `ip` is `ipKey()` of the client's address. Parts
   * of a key that are longer than 256 characters are replaced by their SHA-256.
   * @default the client's address
   */
  readonly key?: (request: Request, ip: string) => Awaitable<Key | undefined>
  /** Tokens that a request costs. @default 1 */
  readonly cost?: (request: Request) => Awaitable<number>
  /** Your proxies, whose `X-Forwarded-For` is believed: see `trustedProxies`. @default none, or what the framework says */
  readonly trustProxy?: readonly string[] | Trust
  /** @default 56 */
  readonly ipv6Prefix?: number
  /** Whether to send `RateLimit` and `RateLimit-Policy`. `Retry-After` is always sent. @default true */
  readonly headers?: boolean
}

/** What an adapter tells of its framework's request. */
export interface Peer {
  readonly remoteAddress: string | undefined
  readonly forwardedFor: string | readonly string[] | undefined
  /** The address that the framework worked out by its own settings. */
  readonly frameworkAddress?: string | undefined
}

/** What to answer. */
export interface Decision {
  readonly verdict: Verdict
  readonly headers: Readonly<Record<string, string>>
  /** Absent when the request may go on. */
  readonly problem?: Problem
}

/** A request without an address (its socket is gone, or is no IP socket) shares this key with all others like it. */
const NO_ADDRESS = 'unknown'

/** The part that all adapters share: from a request to what is answered, `undefined` for a request that is not limited. */
export function guard<Request, Key extends HttpKey>(
  options: GuardOptions<Request, Key>,
): (request: Request, peer: Peer) => Promise<Decision | undefined> {
  const { limiter, key = (_: Request, ip: string) => ip as Key, cost, headers = true } = options
  const { trustProxy } = options
  const prefix = checkedPrefix(options.ipv6Prefix ?? DEFAULT_PREFIX)
  if (typeof limiter?.check !== 'function') throw new TypeError('limiter must have a method check(key, cost)')
  const trust = typeof trustProxy === 'function' ? trustProxy : trustedProxies(trustProxy ?? [])
  const policies: readonly Policy[] = 'policies' in limiter ? limiter.policies : [limiter]
  let warned = false

  const addressOf = (peer: Peer): string | undefined => {
    if (trustProxy !== undefined) return clientAddress(peer.remoteAddress, peer.forwardedFor, trust)
    const { frameworkAddress, remoteAddress, forwardedFor } = peer
    if (forwardedFor !== undefined && !warned && (frameworkAddress ?? remoteAddress) === remoteAddress) {
      warned = true
      process.emitWarning(
        'A request came with X-Forwarded-For and no proxy is trusted: all clients behind a proxy share one limit. Set trustProxy.',
        { code: 'HUBBUB_RATELIMIT_PROXY' },
      )
    }
    return frameworkAddress ?? remoteAddress
  }

  return async (request, peer) => {
    const address = addressOf(peer)
    const ip = (address === undefined ? undefined : keyOfAddress(address, prefix)) ?? NO_ADDRESS
    const chosen = await key(request, ip)
    if (chosen === undefined) return undefined
    const verdict = await limiter.check(bounded(chosen), cost ? await cost(request) : 1)
    const fields = rateLimitHeaders(verdict, policies)
    if (!headers) {
      delete fields['RateLimit']
      delete fields['RateLimit-Policy']
    }
    return { verdict, headers: fields, ...(!verdict.ok && { problem: problemOf(verdict) }) }
  }
}

/** Keys are made of what strangers send: none may be too long to keep. */
function bounded<Key extends HttpKey>(key: Key): Key {
  if (typeof key === 'string') return (key.length > MAX_KEY_LENGTH ? digest(key) : key) as Key
  return Object.fromEntries(Object.entries(key).map(([name, part]) => [name, bounded(part)])) as Key
}

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')
