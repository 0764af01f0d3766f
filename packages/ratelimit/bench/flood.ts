/**
 * The attack that resets a limiter with a bounded table: guess a password, push the key that counts the guesses
 * out of the table with keys of one's own, guess again.
 */
import { LRUCache } from 'lru-cache'
import { createLimiter, type LimiterOptions } from '../src/index.ts'
import { manualClock } from '../src/testing/index.ts'

/** A login limit: 5 guesses, then 5 per 15 min. */
export const LOGIN = { requestsPerSecond: 5 / 900, burst: 5, maxKeys: 10_000 } as const
const ATTEMPTS = 200
const ATTACK_MS = 900_000
const NEWCOMERS = 5

export interface Flood {
  /** New keys that the attacker uses between two guesses. */
  readonly keys: number
  /** Requests that it makes with each. */
  readonly hits: number
  /** Guesses before each flood; 200 are tried in 15 min. @default 5, all that a bucket holds */
  readonly guesses?: number
}

export interface Outcome {
  /** Guesses allowed out of 200; an honest client gets 9. */
  readonly guesses: number
  /** Percent of first requests of honest new users that were refused. */
  readonly refusedNewcomers: number
  readonly evictedWithDebt: number
}

type Target = (key: string) => boolean

/** Runs the attack against the limiter with these options. */
export function attack(flood: Flood, options: Partial<LimiterOptions> = {}): Outcome {
  const clock = manualClock()
  const limiter = createLimiter({ ...LOGIN, ...options, clock })
  const outcome = run(
    key => limiter.allow(key),
    flood,
    ms => {
      clock.advance(ms)
    },
  )
  limiter.stop()
  return { ...outcome, evictedWithDebt: limiter.stats().evictedWithDebt }
}

/** Runs the attack against the same algorithm on a plain LRU. */
export function attackPlainLru(flood: Flood): Outcome {
  let now = 0
  const cache = new LRUCache<string, { fullAt: number }>({ max: LOGIN.maxKeys })
  const perToken = 1_000 / LOGIN.requestsPerSecond
  const allow: Target = key => {
    const entry = cache.get(key)
    const fullAt = Math.max(entry?.fullAt ?? 0, now) + perToken
    if (fullAt - now > LOGIN.burst * perToken + 0.5) return false
    if (entry) entry.fullAt = fullAt
    else cache.set(key, { fullAt })
    return true
  }
  const outcome = run(allow, flood, ms => {
    now += ms
  })
  return { ...outcome, evictedWithDebt: 0 }
}

function run(
  allow: Target,
  { keys, hits, guesses: perRound = LOGIN.burst }: Flood,
  advance: (ms: number) => void,
): Omit<Outcome, 'evictedWithDebt'> {
  let guesses = 0
  let refused = 0
  let serial = 0
  const rounds = ATTEMPTS / perRound
  for (let round = 0; round < rounds; round++) {
    for (let guess = 0; guess < perRound; guess++) if (allow('victim')) guesses++
    for (let key = 0; key < keys; key++) {
      const name = `flood-${serial++}`
      for (let hit = 0; hit < hits; hit++) allow(name)
    }
    for (let newcomer = 0; newcomer < NEWCOMERS; newcomer++) {
      if (!allow(`honest-${round}-${newcomer}`)) refused++
    }
    advance(ATTACK_MS / rounds)
  }
  return { guesses, refusedNewcomers: Math.round((refused / rounds / NEWCOMERS) * 100) }
}
