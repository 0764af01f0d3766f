import { describe, expect, it } from 'vitest'
import { createLimiter } from '../src/index.ts'
import { manualClock } from '../src/testing/index.ts'
import { assertExact, type Make } from './model.ts'

/** What is usually written: milliseconds in doubles. */
const inDoubles: Make = options => {
  const { requestsPerSecond, burst, clock } = options
  const limiter = createLimiter({
    ...options,
    requestsPerSecond: 1,
    burst: Number.MAX_SAFE_INTEGER % 2 ** 31,
  })
  const fullAt = new Map<string, number>()
  const interval = 1_000 / requestsPerSecond
  return {
    ...limiter,
    check(key, cost = 1) {
      const now = clock?.monotonic() ?? 0
      const next = Math.max(fullAt.get(key) ?? 0, now) + cost * interval
      const ok = next - now <= burst * interval
      if (ok) fullAt.set(key, next)
      const debt = (ok ? next : next - cost * interval) - now
      return {
        ok,
        limit: burst,
        policy: '',
        reason: ok ? 'ok' : cost > burst ? 'never' : 'limited',
        remaining: Math.max(0, Math.floor(burst - debt / interval)),
        retryAfterMs: ok ? 0 : cost > burst ? Infinity : Math.ceil(next - now - burst * interval),
        resetMs: Math.ceil(debt),
      }
    },
  }
}

/** A refused request takes its tokens all the same, as in fixed windows that count every hit. */
const refusalsCost: Make = options => {
  const limiter = createLimiter(options)
  return {
    peek: limiter.peek.bind(limiter),
    refund: limiter.refund.bind(limiter),
    penalize: limiter.penalize.bind(limiter),
    reset: limiter.reset.bind(limiter),
    check(key, cost) {
      const verdict = limiter.check(key, cost)
      if (verdict.reason === 'limited') limiter.penalize(key, { cost: cost ?? 1 })
      return verdict
    },
  }
}

describe('the limiter against exact fractions', () => {
  it('cannot be told from them', () => {
    assertExact(createLimiter, { sequences: 3_000 })
  })

  it('the comparison catches milliseconds in doubles', () => {
    expect(() => {
      assertExact(inDoubles, { sequences: 3_000 })
    }).toThrow('Property failed')
  })

  it('the comparison catches refusals that take tokens', () => {
    expect(() => {
      assertExact(refusalsCost, { sequences: 3_000 })
    }).toThrow('Property failed')
  })
})

describe('rounding', () => {
  // `now + 1000/3 - now > 1000/3` is true for most values of now: the first request of a fresh key is refused.
  it.each([0, 0.1, 1e6 + 1 / 3, 1e9 + 0.7, 1e12 + 0.3])(
    'does not refuse the first request of a fresh key, with the clock at %d',
    start => {
      for (const requestsPerSecond of [3, 7, 11, 1 / 3, 5 / 900, 999_983, 0.123_457]) {
        const clock = manualClock(start)
        const limiter = createLimiter({ requestsPerSecond, burst: 1, clock })
        let allowed = 0
        for (let i = 0; i < 200; i++) {
          if (limiter.allow(`fresh-${i}`)) allowed++
          clock.advance(0.37)
        }
        expect(allowed).toBe(200)
      }
    },
  )

  it.each([
    [3, 5],
    [7, 3],
    [1_000, 10],
    [999_983, 100],
  ])('%d/s with bursts of %d, asked all the time, allows exactly the burst and the rate', (rate, burst) => {
    const clock = manualClock(1e9)
    const limiter = createLimiter({ requestsPerSecond: rate, burst, clock })
    const ms = Math.ceil(20_000_000 / rate)
    let allowed = 0
    for (let at = 0; at <= ms; at += ms / 100_000) {
      clock.set(1e9 + at)
      while (limiter.allow('k')) allowed++
    }
    clock.set(1e9 + ms)
    while (limiter.allow('k')) allowed++
    expect(allowed).toBe(burst + Math.floor((rate * ms) / 1_000))
  })

  it('goes on through the moments at which its numbers start anew', () => {
    // A unit is so small at this rate that the whole numbers of a double last 38 minutes.
    const clock = manualClock()
    const limiter = createLimiter({ requestsPerSecond: 999_983, burst: 3, clock, maxKeys: 10 })
    limiter.penalize('blocked', { forMs: 30 * 60_000 })
    const waits: number[] = []
    for (let minute = 0; minute < 300; minute++) {
      waits.push(limiter.peek('blocked').retryAfterMs)
      expect([1, 2, 3, 4].map(() => limiter.allow('k'))).toEqual([true, true, true, false])
      clock.set(clock.time + 60_000)
    }
    expect(waits.slice(0, 31)).toEqual(Array.from({ length: 31 }, (_, minute) => (30 - minute) * 60_000))
    expect(Math.max(...waits.slice(31))).toBe(0)
  })
})

describe('a clock that jumps back', () => {
  it('gives no tokens for going back and forth', () => {
    const clock = manualClock(100_000)
    const limiter = createLimiter({ requestsPerSecond: 1, burst: 5, clock })
    let allowed = 0
    for (let i = 0; i < 200; i++) {
      clock.set(i % 2 === 0 ? 100_000 : 95_000)
      if (limiter.allow('k')) allowed++
    }
    expect(allowed).toBe(5)
  })

  it('locks nobody out for longer than a refill', () => {
    const clock = manualClock(3_600_000)
    const limiter = createLimiter({ requestsPerSecond: 1, burst: 5, clock })
    limiter.allow('k', 5)
    clock.set(0)
    const allowedAt: number[] = []
    for (let second = 0; second <= 8; second++) {
      if (limiter.allow('k')) allowedAt.push(second)
      clock.set(clock.time + 1_000)
    }
    expect(allowedAt).toEqual([6, 7, 8])
  })

  it('is told when it is no clock', () => {
    const clock = manualClock()
    const limiter = createLimiter({ requestsPerSecond: 1, burst: 5, clock })
    clock.set(Number.NaN)
    expect(() => limiter.allow('k')).toThrow('clock.monotonic() must return a finite number')
  })
})
