import { systemClock } from '../clock.ts'
import type { Limiter, Penalty } from '../contract.ts'
import { checkChoice, checkNumber, keyError, MAX_TIMER_MS } from '../input.ts'
import { isKey } from '../ledger.ts'
import { createLimiter } from '../limiter.ts'
import { settingsOf } from '../options.ts'
import { penaltyUnits, priceOf } from '../price.ts'
import type { Rate } from '../rate.ts'
import { type Verdict, verdictOf } from '../verdict.ts'
import { scriptOn, type Verb } from './client.ts'
import type { OnStoreError, RedisLimiter, RedisLimiterOptions, RedisLimiterStats } from './contract.ts'
import { type Failure, GuardedScript, StoreFailure } from './store.ts'

/**
 * Makes a limit that is kept in Redis and counted by its clock, so that any number of processes share it
 * exactly. The verdict is that of `createLimiter`.
 *
 * While Redis is away (an error, or no answer within 100 ms), `onStoreError` decides. The local limiter
 * starts from what each key owed when Redis was last heard, and Redis is told afterwards what keys owe here.
 *
 * @throws RangeError or TypeError that names the option and the accepted range.
 */
export function createRedisLimiter(options: RedisLimiterOptions): RedisLimiter {
  return new StoredLimiter(options)
}

class StoredLimiter implements RedisLimiter {
  readonly name: string
  readonly limit: number
  readonly refillMs: number
  readonly #rate: Rate
  readonly #prefix: string
  readonly #script: GuardedScript
  readonly #onStoreError: OnStoreError
  readonly #local: Limiter | undefined
  readonly #maxChanged: number
  /** Keys decided on here while Redis was away. */
  readonly #changed = new Set<string>()
  #allowed = 0
  #denied = 0
  #fallbacks = 0

  constructor(options: RedisLimiterOptions) {
    const { client, requestsPerSecond, burst, onStoreError = 'local', onError = () => undefined } = options
    const { timeoutMs = 100, retryMs = 1_000, prefix = 'ratelimit:', clock = systemClock } = options
    const { rate, name } = settingsOf({ requestsPerSecond, burst, clock, name: options.name ?? 'default' })
    checkChoice('onStoreError', onStoreError, ['local', 'open', 'closed'])
    checkNumber('timeoutMs', timeoutMs, { min: 1, max: MAX_TIMER_MS })
    checkNumber('retryMs', retryMs, { min: 1, max: MAX_TIMER_MS })
    this.name = name
    this.limit = rate.burst
    this.refillMs = rate.refillMs
    this.#rate = rate
    this.#prefix = `${prefix}${name}:`
    this.#onStoreError = onStoreError
    this.#maxChanged = options.local?.maxKeys ?? 10_000
    if (onStoreError === 'local') {
      this.#local = createLimiter({ requestsPerSecond, burst, ...options.local, name, clock })
    }
    this.#script = new GuardedScript(scriptOn(client), {
      clock,
      timeoutMs,
      retryMs,
      onError,
      onRecovered: () => void this.#reconcile(),
    })
  }

  async allow(key: string, cost?: number): Promise<boolean> {
    return (await this.check(key, cost)).ok
  }

  check(key: string, cost = 1): Promise<Verdict> {
    return this.#ask('take', key, cost)
  }

  peek(key: string, cost = 1): Promise<Verdict> {
    return this.#ask('peek', key, cost)
  }

  async refund(key: string, cost = 1): Promise<void> {
    await this.#tell('credit', key, priceOf(this.#rate, cost), local => {
      local.refund(key, cost)
    })
  }

  async penalize(key: string, penalty: Penalty): Promise<void> {
    const { verb, units } = penaltyUnits(this.#rate, penalty)
    await this.#tell(verb, key, units, local => {
      local.penalize(key, penalty)
    })
  }

  async reset(key: string): Promise<void> {
    await this.#tell('credit', key, Number.MAX_SAFE_INTEGER, local => {
      local.reset(key)
    })
  }

  stats(): RedisLimiterStats {
    const { storeErrors, timeouts, degraded } = this.#script
    return {
      allowed: this.#allowed,
      denied: this.#denied,
      storeErrors,
      timeouts,
      fallbacks: this.#fallbacks,
      degraded,
    }
  }

  stop(): void {
    this.#script.stop()
    this.#local?.stop()
  }

  [Symbol.dispose](): void {
    this.stop()
  }

  async #ask(verb: 'take' | 'peek', key: string, cost: number): Promise<Verdict> {
    const price = priceOf(this.#rate, cost)
    const verdict = await this.#decide(verb, key, cost, price)
    if (verb === 'take') {
      if (verdict.ok) this.#allowed++
      else this.#denied++
    }
    return verdict
  }

  async #decide(verb: 'take' | 'peek', key: string, cost: number, price: number): Promise<Verdict> {
    try {
      const { allowed, debt } = await this.#call(verb, key, price)
      this.#mirror(key, debt)
      const refusal = price > this.#rate.capacity ? 'never' : 'limited'
      return verdictOf(this.#rate, this.name, debt, price, allowed ? 'ok' : refusal)
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error
      this.#fallbacks++
      if (!this.#local) return this.#withoutStore(error.reason)
      if (verb === 'take') this.#note(key)
      return verb === 'take' ? this.#local.check(key, cost) : this.#local.peek(key, cost)
    }
  }

  async #tell(verb: Verb, key: string, units: number, locally: (local: Limiter) => void): Promise<void> {
    try {
      const { debt } = await this.#call(verb, key, units)
      this.#mirror(key, debt)
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error
      if (!this.#local) return
      locally(this.#local)
      this.#note(key)
    }
  }

  #call(verb: Verb, key: string, units: number): ReturnType<GuardedScript['call']> {
    if (!isKey(key)) throw keyError(key)
    const { capacity, perMicrosecond } = this.#rate
    const args = [verb, String(units), String(capacity), String(perMicrosecond)] as const
    return this.#script.call(this.#prefix + key, args)
  }

  /** Lets the local limiter know what the key owes, so that it goes on from there when Redis is lost. */
  #mirror(key: string, debt: number): void {
    if (!this.#local) return
    this.#local.reset(key)
    const cost = debt / this.#rate.perToken
    if (cost === 0) return
    // An empty bucket is an empty bucket here too, however small; a penalty beyond that stays as long as it is.
    this.#local.penalize(key, { cost: cost > this.limit ? cost : Math.min(cost, this.#local.limit) })
  }

  #note(key: string): void {
    if (this.#changed.size < this.#maxChanged) this.#changed.add(key)
  }

  /**
   * Redis is back: a key owes there at least what it owes here. The larger of the two debts, not their sum,
   * because then it does no harm to say it twice; what processes have allowed side by side stays allowed.
   */
  async #reconcile(): Promise<void> {
    for (const key of this.#changed) {
      this.#changed.delete(key)
      const verdict = this.#local?.peek(key)
      if (!verdict || verdict.resetMs === 0) continue
      const units = Math.round(verdict.resetMs * this.#rate.perMillisecond)
      try {
        await this.#call('raise', key, units)
      } catch {
        // Away again, which was reported: the next recovery tells the rest, and this key.
        this.#changed.add(key)
        return
      }
    }
  }

  #withoutStore(reason: Failure): Verdict {
    const ok = this.#onStoreError === 'open'
    return {
      ok,
      limit: this.limit,
      remaining: ok ? this.limit : 0,
      retryAfterMs: ok ? 0 : Math.max(1, this.#script.retryAfterMs),
      resetMs: 0,
      reason,
      policy: this.name,
    }
  }
}
