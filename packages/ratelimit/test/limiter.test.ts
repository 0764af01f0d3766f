import { describe, expect, it } from 'vitest'
import { createLimiter, type LimiterOptions } from '../src/index.ts'
import { manualClock } from '../src/testing/index.ts'

const make = (options: Partial<LimiterOptions> = {}) => {
  const clock = manualClock()
  const limiter = createLimiter({ requestsPerSecond: 10, burst: 20, clock, ...options })
  const burst = (key: string, tries: number): number => {
    let allowed = 0
    for (let i = 0; i < tries; i++) if (limiter.allow(key)) allowed++
    return allowed
  }
  return { clock, limiter, burst }
}

describe('allow', () => {
  it('starts full, allows the burst, then what the rate earns', () => {
    const { clock, burst } = make()
    expect(burst('ada', 30)).toBe(20)
    clock.advance(99)
    expect(burst('ada', 5)).toBe(0)
    clock.advance(1)
    expect(burst('ada', 5)).toBe(1)
    clock.advance(1_000)
    expect(burst('ada', 50)).toBe(10)
    clock.advance(60_000)
    expect(burst('ada', 50)).toBe(20)
  })

  it('counts each key for itself', () => {
    const { burst } = make()
    expect(burst('ada', 30)).toBe(20)
    expect(burst('bob', 30)).toBe(20)
  })

  it('takes nothing for a refused request, so a large one does not starve small ones', () => {
    const { limiter } = make({ burst: 10 })
    expect([limiter.allow('k', 8), limiter.allow('k', 5), limiter.allow('k', 2)]).toEqual([true, false, true])
  })

  it('takes costs that are fractions', () => {
    const { limiter } = make({ burst: 2 })
    const taken = Array.from({ length: 25 }, () => limiter.allow('k', 0.1)).filter(Boolean)
    expect(taken).toHaveLength(20)
  })

  it('lets a cost of zero through without taking anything', () => {
    const { limiter, burst } = make({ burst: 1 })
    expect([limiter.allow('k', 0), burst('k', 3)]).toEqual([true, 1])
  })
})

describe('check', () => {
  it('says what is left and when to come back', () => {
    const { clock, limiter } = make({ name: 'messages', burst: 2 })
    const base = { limit: 2, policy: 'messages' }
    expect(limiter.check('k')).toEqual({
      ...base,
      ok: true,
      reason: 'ok',
      remaining: 1,
      retryAfterMs: 0,
      resetMs: 100,
    })
    limiter.check('k')
    clock.advance(30)
    expect(limiter.check('k')).toEqual({
      ...base,
      ok: false,
      reason: 'limited',
      remaining: 0,
      retryAfterMs: 70,
      resetMs: 170,
    })
  })

  it('is allowed after exactly the time that it named', () => {
    const { clock, limiter } = make({ requestsPerSecond: 7, burst: 3 })
    limiter.check('k', 3)
    const { retryAfterMs } = limiter.check('k', 2)
    clock.advance(retryAfterMs - 1)
    expect(limiter.peek('k', 2).ok).toBe(false)
    clock.advance(1)
    expect(limiter.check('k', 2).ok).toBe(true)
  })

  it('tells never from not yet', () => {
    const { limiter } = make({ burst: 5 })
    expect(limiter.check('k', 6)).toMatchObject({
      ok: false,
      reason: 'never',
      retryAfterMs: Infinity,
      remaining: 5,
    })
  })
})

describe('peek, refund, penalize and reset', () => {
  it('peek takes and counts nothing', () => {
    const { limiter } = make({ burst: 1 })
    expect([limiter.peek('k').ok, limiter.peek('k').ok, limiter.peek('k').remaining]).toEqual([true, true, 1])
    expect(limiter.stats()).toMatchObject({ allowed: 0, keys: 0 })
  })

  it('refund gives back, never above a full bucket', () => {
    const { limiter, burst } = make({ burst: 5 })
    burst('k', 5)
    limiter.refund('k', 2)
    expect(burst('k', 5)).toBe(2)
    limiter.refund('k', 100)
    expect(burst('k', 10)).toBe(5)
  })

  it('counts only failed logins by counting up front and refunding the good ones', () => {
    const { limiter } = make({ requestsPerSecond: 5 / 900, burst: 5 })
    const login = (good: boolean): boolean => {
      if (!limiter.allow('ada')) return false
      if (good) limiter.refund('ada')
      return true
    }
    const tries = [...Array.from({ length: 10 }, () => true), ...Array.from({ length: 7 }, () => false)]
    expect(tries.map(login).filter(Boolean)).toHaveLength(15)
  })

  it('penalize with a cost can owe more than a bucket', () => {
    const { clock, limiter } = make({ burst: 5 })
    limiter.penalize('k', { cost: 15 })
    expect(limiter.check('k')).toMatchObject({ ok: false, retryAfterMs: 1_100 })
    clock.advance(1_100)
    expect(limiter.allow('k')).toBe(true)
  })

  it('penalize for a time leaves one token at its end and never shortens a debt', () => {
    const { clock, limiter, burst } = make({ burst: 5 })
    limiter.penalize('k', { forMs: 60_000 })
    limiter.penalize('k', { forMs: 10 })
    clock.advance(59_999)
    expect(burst('k', 3)).toBe(0)
    clock.advance(1)
    expect(burst('k', 3)).toBe(1)
  })

  it('reset fills the bucket', () => {
    const { limiter, burst } = make({ burst: 5 })
    limiter.penalize('k', { forMs: 60_000 })
    limiter.reset('k')
    expect(burst('k', 10)).toBe(5)
  })
})

describe('shadow', () => {
  it('refuses nothing and counts what it would have', () => {
    const { limiter, burst } = make({ burst: 2, shadow: true })
    expect(burst('k', 5)).toBe(5)
    expect(limiter.check('k')).toMatchObject({ ok: true, reason: 'shadow', remaining: 0, retryAfterMs: 0 })
    expect(limiter.stats()).toMatchObject({ allowed: 2, denied: 0, shadowDenied: 4 })
  })
})

describe('stats', () => {
  it('counts in plain numbers', () => {
    const { limiter, burst } = make({ burst: 10 })
    burst('a', 12)
    burst('b', 1)
    expect(limiter.stats()).toEqual({
      allowed: 11,
      denied: 2,
      deniedFull: 0,
      shadowDenied: 0,
      nearLimit: 2,
      evicted: 0,
      evictedWithDebt: 0,
      swept: 0,
      keys: 2,
      waiting: 0,
    })
  })
})

describe('the life of a limiter', () => {
  it('sweeps idle keys, and has no timer when it has no keys', () => {
    const { clock, limiter } = make()
    expect(clock.pending).toBe(0)
    limiter.allow('k')
    expect(clock.pending).toBe(1)
    clock.advance(14 * 60_000)
    expect(limiter.stats().keys).toBe(1)
    clock.advance(6 * 60_000)
    expect(limiter.stats()).toMatchObject({ keys: 0, swept: 1 })
    expect(clock.pending).toBe(0)
  })

  it('keeps a key for as long as its bucket takes to refill, whatever the time to live', () => {
    // A time to live of 15 min under a limit of 5 an hour would give a full bucket every 15 min.
    const { clock, limiter, burst } = make({
      requestsPerSecond: 5 / 3_600,
      burst: 5,
      ttlMs: 1_000,
      sweepMs: 500,
    })
    burst('k', 5)
    clock.advance(3_599_000)
    expect(limiter.stats().keys).toBe(1)
    expect(burst('k', 5)).toBe(4)
    clock.advance(3_601_000)
    expect(limiter.stats().keys).toBe(0)
  })

  it('decides on after stop, which ends its timer and may be called twice', () => {
    const { clock, limiter } = make({ burst: 1 })
    limiter.allow('k')
    limiter.stop()
    limiter.stop()
    expect(clock.pending).toBe(0)
    expect([limiter.allow('k'), limiter.allow('new')]).toEqual([false, true])
    expect(clock.pending).toBe(0)
  })

  it('stops at the end of a using block', () => {
    const clock = manualClock()
    {
      using limiter = createLimiter({ requestsPerSecond: 1, burst: 1, clock })
      limiter.allow('k')
    }
    expect(clock.pending).toBe(0)
  })
})
