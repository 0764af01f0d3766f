import type { EntryTable } from './capacity.ts'
import { Claims } from './claims.ts'
import type { Cancel } from './clock.ts'
import type {
  Limiter,
  LimiterOptions,
  LimiterStats,
  Penalty,
  Reservation,
  ReserveOptions,
  WaitOptions,
} from './contract.ts'
import { Counters } from './counters.ts'
import { keyError } from './input.ts'
import { isKey, Ledger } from './ledger.ts'
import { settingsOf, type Settings } from './options.ts'
import { penaltyUnits, priceOf } from './price.ts'
import type { Timeline } from './timeline.ts'
import { type Reason, type Verdict, allowed, refused, verdictOf } from './verdict.ts'

/** Between two parts of a sweep, so that a million stale keys do not stop the process. */
const SWEEP_PAUSE_MS = 1
/** A request that leaves less than a fifth of the bucket counts as `nearLimit`. */
const NEAR = 0.8

/**
 * Makes a limit of `requestsPerSecond` with bursts of `burst` for each of at most `maxKeys` keys.
 *
 * @example
 * const limiter = createLimiter({ requestsPerSecond: 10, burst: 20 })
 * limiter.allow('ada') //=> true
 *
 * @throws RangeError or TypeError that names the option and the accepted range.
 */
export function createLimiter(options: LimiterOptions): Limiter {
  return new GcraLimiter(settingsOf(options))
}

/**
 * The generic cell rate algorithm (ITU-T I.371): a key is one moment, the one at which its bucket is full
 * again. A request moves it later by its price, and conforms while it stays within one bucket of now.
 */
class GcraLimiter implements Limiter {
  readonly name: string
  readonly limit: number
  readonly refillMs: number
  readonly #settings: Settings
  readonly #ledger: Ledger
  readonly #timeline: Timeline
  readonly #table: EntryTable
  readonly #claims: Claims
  readonly #counters = new Counters()
  readonly #perToken: number
  readonly #capacity: number
  readonly #near: number
  readonly #shadow: boolean
  /** Why `#take` refused the last time: a field, so that `allow` allocates nothing. */
  #refusedFor: Reason = 'limited'
  #cancelSweep: Cancel | undefined
  #stopped = false

  constructor(settings: Settings) {
    const { rate, name, shadow } = settings
    this.#settings = settings
    this.#ledger = new Ledger(settings)
    this.#timeline = this.#ledger.timeline
    this.#table = this.#ledger.table
    this.#claims = new Claims(settings, this.#ledger, this.#counters)
    this.name = name
    this.limit = rate.burst
    this.refillMs = rate.refillMs
    this.#perToken = rate.perToken
    this.#capacity = rate.capacity
    this.#near = rate.capacity * NEAR
    this.#shadow = shadow
  }

  allow(key: string, cost = 1): boolean {
    return this.#take(key, this.#price(cost)) >= 0 || this.#shadow
  }

  check(key: string, cost = 1): Verdict {
    const price = this.#price(cost)
    const debt = this.#take(key, price)
    const { rate } = this.#settings
    if (debt >= 0) return allowed(rate, this.name, debt)
    if (this.#shadow) return allowed(rate, this.name, -1 - debt, 'shadow')
    return refused(rate, this.name, -1 - debt, price, this.#refusedFor)
  }

  peek(key: string, cost = 1): Verdict {
    const price = this.#price(cost)
    const debt = this.#ledger.debt(key, this.#timeline.now())
    const reason = debt + price <= this.#capacity ? 'ok' : this.#refusal(price)
    return verdictOf(this.#settings.rate, this.name, debt, price, reason)
  }

  refund(key: string, cost = 1): void {
    const price = this.#price(cost)
    if (!isKey(key)) throw keyError(key)
    this.#ledger.credit(key, price, this.#timeline.now())
  }

  penalize(key: string, penalty: Penalty): void {
    const now = this.#timeline.now()
    const debt = this.#ledger.debt(key, now)
    const { verb, units } = penaltyUnits(this.#settings.rate, penalty)
    this.#ledger.owe(key, verb === 'charge' ? debt + units : Math.max(debt, units), now)
    this.#armSweep()
  }

  reset(key: string): void {
    if (!isKey(key)) throw keyError(key)
    if (this.#ledger.lines.has(key)) this.#ledger.credit(key, Infinity, this.#timeline.now())
    else this.#table.delete(key)
  }

  wait(key: string, options?: WaitOptions): Promise<Verdict> {
    this.#armSweep()
    return this.#claims.wait(key, options)
  }

  reserve(key: string, options?: ReserveOptions): Reservation {
    this.#armSweep()
    return this.#claims.reserve(key, options)
  }

  stats(): LimiterStats {
    const { lines } = this.#ledger
    const { allowed, denied, deniedFull, shadowDenied, nearLimit } = this.#counters
    const { evicted, evictedWithDebt, swept, size: keys } = this.#table
    return {
      allowed,
      denied,
      deniedFull,
      shadowDenied,
      nearLimit,
      evicted,
      evictedWithDebt,
      swept,
      keys,
      waiting: lines.size,
    }
  }

  stop(): void {
    this.#stopped = true
    this.#cancelSweep?.()
    this.#cancelSweep = undefined
    this.#claims.stop()
  }

  [Symbol.dispose](): void {
    this.stop()
  }

  #price(cost: number): number {
    return cost === 1 ? this.#perToken : priceOf(this.#settings.rate, cost)
  }

  /** Takes the price. Returns what the key owes then; where it refuses, -1 minus what the key owes. */
  #take(key: string, price: number): number {
    if (!isKey(key)) throw keyError(key)
    const now = this.#timeline.now()
    const entry = this.#table.get(key)
    const before = entry === undefined ? this.#table.recall(key) : entry.fullAt
    const owed = before > now ? before - now : 0
    const debt = owed + price
    if (debt > this.#capacity) {
      if (this.#shadow) return this.#refuse(owed, 'shadow')
      this.#counters.denied++
      this.#refusedFor = price > this.#capacity ? 'never' : 'limited'
      return -1 - owed
    }
    if (entry === undefined) {
      if (!this.#table.add(key, now + debt, now, before > 0)) return this.#refuse(owed, 'full')
      if (this.#cancelSweep === undefined) this.#armSweep()
    } else {
      entry.fullAt = now + debt
    }
    this.#counters.allowed++
    if (debt > this.#near) this.#counters.nearLimit++
    return debt
  }

  #refusal(price: number): Reason {
    if (this.#shadow) return 'shadow'
    return price > this.#capacity ? 'never' : 'limited'
  }

  #refuse(owed: number, reason: Reason): number {
    this.#refusedFor = this.#shadow ? 'shadow' : reason
    if (this.#shadow) this.#counters.shadowDenied++
    else this.#counters.denied++
    if (reason === 'full') this.#counters.deniedFull++
    return -1 - owed
  }

  /** The sweep's timer exists only while there are keys: a limiter that nobody stops and nobody uses is freed. */
  #armSweep(ms = this.#settings.sweepMs): void {
    if (this.#stopped || this.#cancelSweep !== undefined) return
    this.#cancelSweep = this.#settings.clock.setTimer(
      () => {
        this.#sweep()
      },
      ms,
      true,
    )
  }

  #sweep(): void {
    this.#cancelSweep = undefined
    const { rate, ttlMs, sweepMs } = this.#settings
    // A full bucket was last touched at least a refill ago; the rest of the time to live comes on top.
    const idle = Math.max(0, ttlMs - rate.refillMs) * rate.perMillisecond
    const more = this.#table.sweep(this.#timeline.now() - idle)
    if (this.#table.size > 0) this.#armSweep(more ? SWEEP_PAUSE_MS : sweepMs)
  }
}
