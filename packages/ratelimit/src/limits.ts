import type { Limiter } from './contract.ts'
import { shapeOf } from './input.ts'
import type { Verdict } from './verdict.ts'

/** One cost for every limit, or one for each; a limit without one takes 1. */
export type Costs<Name extends string> = number | { readonly [each in Name]?: number }

/** A key for each limit. */
export type Keys<Name extends string> = { readonly [each in Name]: string }

/** Several limits as one decision. */
export interface Limits<Name extends string> {
  /** What each allows, for headers. */
  readonly policies: readonly { readonly name: Name; readonly limit: number; readonly refillMs: number }[]
  /** Takes from all of them, or, where one refuses, from none. */
  allow(keys: Keys<Name>, cost?: Costs<Name>): boolean
  /**
   * Like `allow`. The verdict is that of the binding limit, and `policy` is its name: of those that refuse the
   * one with the longest wait, else the one with the fewest tokens left.
   */
  check(keys: Keys<Name>, cost?: Costs<Name>): Verdict
  /** What `check` would answer; takes nothing. */
  peek(keys: Keys<Name>, cost?: Costs<Name>): Verdict
  /** Gives back to all of them what a `check` has taken. */
  refund(keys: Keys<Name>, cost?: Costs<Name>): void
}

/**
 * Combines limits that a request must all conform to, each with a key of its own.
 *
 * @example
 * const guard = limits({
 *   perIp: createLimiter({ requestsPerSecond: 50, burst: 100 }),
 *   perUser: createLimiter({ requestsPerSecond: 10, burst: 20 }),
 *   global: createLimiter({ requestsPerSecond: 1000, burst: 2000 }),
 * })
 * guard.check({ perIp: '192.0.2.7', perUser: 'ada', global: 'all' }).ok //=> true
 *
 * @throws TypeError when there is no limit.
 */
export function limits<const Name extends string>(limiters: {
  readonly [each in Name]: Limiter
}): Limits<Name> {
  const names = Object.keys(limiters) as Name[]
  if (names.length === 0) throw new TypeError('limits must name at least one limiter, got none')
  for (const name of names) {
    if (typeof limiters[name]?.check === 'function') continue
    throw new TypeError(`limits.${name} must be a limiter, got ${shapeOf(limiters[name])}`)
  }

  const costOf = (cost: Costs<Name> | undefined, name: Name): number =>
    (typeof cost === 'object' ? cost[name] : cost) ?? 1
  const ask = (verb: 'check' | 'peek', name: Name, keys: Keys<Name>, cost?: Costs<Name>): Verdict => ({
    ...limiters[name][verb](keys[name], costOf(cost, name)),
    policy: name,
  })
  const refund = (name: Name, keys: Keys<Name>, cost?: Costs<Name>): void => {
    limiters[name].refund(keys[name], costOf(cost, name))
  }
  const peek = (keys: Keys<Name>, cost?: Costs<Name>): Verdict =>
    binding(names.map(name => ask('peek', name, keys, cost)))

  /** A refusal counts in the limiter that refused. Should its token have arrived since, it goes back. */
  const count = (refusal: Verdict, keys: Keys<Name>, cost?: Costs<Name>): Verdict => {
    const name = refusal.policy as Name
    if (ask('check', name, keys, cost).ok) refund(name, keys, cost)
    return refusal
  }

  const check = (keys: Keys<Name>, cost?: Costs<Name>): Verdict => {
    const before = peek(keys, cost)
    if (!before.ok) return count(before, keys, cost)
    const taken: Verdict[] = []
    for (const name of names) {
      const verdict = ask('check', name, keys, cost)
      if (verdict.ok) {
        taken.push(verdict)
        continue
      }
      // Only a full table, or one limiter under two names, refuses what it has just promised.
      for (const { reason, policy } of taken) if (reason === 'ok') refund(policy as Name, keys, cost)
      return verdict
    }
    return binding(taken)
  }

  return {
    policies: names.map(name => ({ name, limit: limiters[name].limit, refillMs: limiters[name].refillMs })),
    allow: (keys, cost) => check(keys, cost).ok,
    check,
    peek,
    refund(keys, cost) {
      for (const name of names) refund(name, keys, cost)
    },
  }
}

function binding(verdicts: readonly Verdict[]): Verdict {
  return verdicts.reduce((tightest, each) => {
    if (tightest.ok !== each.ok) return tightest.ok ? each : tightest
    const tighter = each.ok ? each.remaining < tightest.remaining : each.retryAfterMs > tightest.retryAfterMs
    return tighter ? each : tightest
  })
}
