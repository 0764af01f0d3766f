/** The limiter as arithmetic on exact fractions, and the property that the real one cannot be told from it. */
import * as fc from 'fast-check'
import type { Limiter, LimiterOptions, Verdict } from '../src/index.ts'
import { type ManualClock, manualClock } from '../src/testing/index.ts'

/** A rate of `tokens / seconds` and a burst. */
interface Setup {
  readonly tokens: number
  readonly seconds: number
  readonly burst: number
  /** What the clock shows at first, in milliseconds. */
  readonly start: number
}

export type Make = (
  options: LimiterOptions,
) => Pick<Limiter, 'check' | 'peek' | 'refund' | 'penalize' | 'reset'>

type Answer = Omit<Verdict, 'policy' | 'limit'>

/**
 * Debts are counted in parts of a token, of which one microsecond earns `tokens` and one token is
 * `seconds * 1e6`. Whole numbers of any size: nothing is ever rounded except to answer.
 */
class Model {
  readonly #perToken: bigint
  readonly #perMicrosecond: bigint
  readonly #capacity: bigint
  readonly #debts = new Map<string, { debt: bigint; at: bigint }>()
  readonly #holdUs: bigint
  #clockUs: bigint
  #timeUs = 0n
  #offsetUs: bigint
  #behind: { since: bigint; time: bigint } | undefined

  constructor({ tokens, seconds, burst, start }: Setup) {
    this.#perToken = BigInt(seconds) * 1_000_000n
    this.#perMicrosecond = BigInt(tokens)
    this.#capacity = this.#perToken * BigInt(burst)
    const refillUs = ceil(this.#capacity, this.#perMicrosecond)
    this.#holdUs = refillUs > 1_000_000n ? refillUs : 1_000_000n
    this.#clockUs = BigInt(start) * 1_000n
    this.#offsetUs = this.#clockUs
  }

  move(us: bigint): void {
    this.#clockUs += us
  }

  check(key: string, cost: number): Answer {
    const answer = this.peek(key, cost)
    if (!answer.ok) return answer
    this.#owe(key, this.#debt(key) + this.#price(cost))
    return this.#answer(this.#debt(key), 0n, true)
  }

  peek(key: string, cost: number): Answer {
    const debt = this.#debt(key)
    return this.#answer(debt, this.#price(cost), debt + this.#price(cost) <= this.#capacity)
  }

  refund(key: string, cost: number): void {
    const debt = this.#debt(key) - this.#price(cost)
    this.#owe(key, debt > 0n ? debt : 0n)
  }

  penalizeCost(key: string, cost: number): void {
    this.#owe(key, this.#debt(key) + this.#price(cost))
  }

  penalizeFor(key: string, forMs: number): void {
    const blocked = BigInt(forMs) * 1_000n * this.#perMicrosecond + this.#capacity - this.#perToken
    const debt = this.#debt(key)
    this.#owe(key, debt > blocked ? debt : blocked)
  }

  reset(key: string): void {
    // The limiter reads no clock to forget a key.
    this.#debts.delete(key)
  }

  #price(cost: number): bigint {
    return BigInt(cost) * this.#perToken
  }

  /** Time stands still while the clock is behind, and goes on from there when it has been so for long enough. */
  #now(): bigint {
    const now = this.#clockUs - this.#offsetUs
    if (now >= this.#timeUs) {
      this.#behind = undefined
      this.#timeUs = now
      return now
    }
    if (!this.#behind || now < this.#behind.since) this.#behind = { since: now, time: this.#timeUs }
    if (now - this.#behind.since >= this.#holdUs) {
      this.#offsetUs -= ((this.#timeUs - now) / 1_000n) * 1_000n
      this.#behind = undefined
    }
    return this.#timeUs
  }

  #debt(key: string): bigint {
    const now = this.#now()
    const known = this.#debts.get(key)
    if (!known) return 0n
    const debt = known.debt - (now - known.at) * this.#perMicrosecond
    return debt > 0n ? debt : 0n
  }

  #owe(key: string, debt: bigint): void {
    this.#debts.set(key, { debt, at: this.#now() })
  }

  #answer(debt: bigint, price: bigint, ok: boolean): Answer {
    const perMs = this.#perMicrosecond * 1_000n
    const left = this.#capacity - debt
    const wait = price > this.#capacity ? Infinity : Number(ceil(price - left, perMs))
    return {
      ok,
      reason: ok ? 'ok' : price > this.#capacity ? 'never' : 'limited',
      remaining: left > 0n ? Number(left / this.#perToken) : 0,
      retryAfterMs: ok ? 0 : wait,
      resetMs: Number(ceil(debt, perMs)),
    }
  }
}

const ceil = (top: bigint, bottom: bigint): bigint => (top + bottom - 1n) / bottom

interface Real {
  readonly clock: ManualClock
  readonly limiter: ReturnType<Make>
}

class Step implements fc.Command<Model, Real> {
  readonly #label: string
  readonly #act: (model: Model, real: Real) => void

  constructor(label: string, act: (model: Model, real: Real) => void) {
    this.#label = label
    this.#act = act
  }

  check(): boolean {
    return true
  }

  run(model: Model, real: Real): void {
    this.#act(model, real)
  }

  toString(): string {
    return this.#label
  }
}

function same(expected: Answer, verdict: Verdict): void {
  for (const field of ['ok', 'reason', 'remaining', 'retryAfterMs', 'resetMs'] as const) {
    if (expected[field] === verdict[field]) continue
    throw new Error(`${field} is ${verdict[field]}, exactly it is ${expected[field]}`)
  }
}

const key = fc.constantFrom('ada', 'bob', 'eve')
const cost = fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.nat(12) })

const steps = [
  fc.tuple(key, cost, fc.nat(4)).map(
    ([key, cost, times]) =>
      new Step(`check(${key}, ${cost}) x ${times + 1}`, (model, { limiter }) => {
        for (let i = 0; i <= times; i++) same(model.check(key, cost), limiter.check(key, cost))
      }),
  ),
  fc.tuple(key, cost).map(
    ([key, cost]) =>
      new Step(`peek(${key}, ${cost})`, (model, { limiter }) => {
        same(model.peek(key, cost), limiter.peek(key, cost))
      }),
  ),
  fc.tuple(key, cost).map(
    ([key, cost]) =>
      new Step(`refund(${key}, ${cost})`, (model, { limiter }) => {
        model.refund(key, cost)
        limiter.refund(key, cost)
      }),
  ),
  fc.tuple(key, cost).map(
    ([key, cost]) =>
      new Step(`penalize(${key}, { cost: ${cost} })`, (model, { limiter }) => {
        model.penalizeCost(key, cost)
        limiter.penalize(key, { cost })
      }),
  ),
  fc.tuple(key, fc.nat(100_000)).map(
    ([key, forMs]) =>
      new Step(`penalize(${key}, { forMs: ${forMs} })`, (model, { limiter }) => {
        model.penalizeFor(key, forMs)
        limiter.penalize(key, { forMs })
      }),
  ),
  key.map(
    key =>
      new Step(`reset(${key})`, (model, { limiter }) => {
        model.reset(key)
        limiter.reset(key)
      }),
  ),
  fc.tuple(key, cost).map(
    ([key, cost]) =>
      new Step(`advance to the moment at which ${cost} of ${key} are there`, (model, real) => {
        const { retryAfterMs } = model.peek(key, cost)
        same(model.peek(key, cost), real.limiter.peek(key, cost))
        if (retryAfterMs === Infinity) return
        move(model, real, retryAfterMs)
        same(model.peek(key, cost), real.limiter.peek(key, cost))
      }),
  ),
  fc.oneof(fc.nat(50), fc.nat(5_000), fc.nat(10_000_000)).map(
    ms =>
      new Step(`advance(${ms})`, (model, real) => {
        move(model, real, ms)
      }),
  ),
  fc.oneof(fc.nat(50), fc.nat(100_000)).map(
    ms =>
      new Step(`the clock jumps back by ${ms}`, (model, real) => {
        move(model, real, -ms)
      }),
  ),
]

function move(model: Model, { clock }: Real, ms: number): void {
  clock.set(clock.time + ms)
  model.move(BigInt(ms) * 1_000n)
}

/** Any rate from one in three hours to 20,000 a second, any burst to 50, any moment of 3,000 years. */
const setup: fc.Arbitrary<Setup> = fc.record({
  tokens: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 20_000 })),
  seconds: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 10_000 })),
  burst: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 50 })),
  start: fc.oneof(fc.constant(0), fc.constant(1e9), fc.nat(2 ** 31 - 1), fc.constant(1e14)),
})

/** Throws with the shortest sequence of calls by which the limiter differs from exact arithmetic. */
export function assertExact(make: Make, { sequences, seed }: { sequences: number; seed?: number }): void {
  fc.assert(
    fc.property(setup, fc.commands(steps, { maxCommands: 30 }), (setup, commands) => {
      fc.modelRun(() => {
        const clock = manualClock(setup.start)
        const { tokens, seconds, burst } = setup
        const limiter = make({ requestsPerSecond: tokens / seconds, burst, clock })
        return { model: new Model(setup), real: { clock, limiter } }
      }, commands)
    }),
    { numRuns: sequences, ...(seed === undefined ? {} : { seed }) },
  )
}
