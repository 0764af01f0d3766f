import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attack, attackPlainLru } from '../bench/flood.ts'
import { Ghosts } from '../src/ghosts.ts'
import { createLimiter } from '../src/index.ts'
import { manualClock } from '../src/testing/index.ts'

describe('guesses of a password under a limit of 5, then 5 in 15 min, 10,000 keys, 200 tries', () => {
  it('an honest client gets 9', () => {
    expect(attack({ keys: 0, hits: 0 }).guesses).toBe(9)
  })

  it('a cheap flood, one request a key, gets 9 too, and refuses no newcomer', () => {
    expect(attack({ keys: 10_000, hits: 1 })).toEqual({ guesses: 9, refusedNewcomers: 0, evictedWithDebt: 0 })
  })

  it('the same flood gets all 200 from a plain LRU: the test can fail', () => {
    expect(attackPlainLru({ keys: 10_000, hits: 1 }).guesses).toBe(200)
  })

  it('so does one that floods after every single guess', () => {
    // A ghost is washed out with a chance of 1 in 100 per flood, which gives back one token.
    expect(attack({ keys: 10_000, hits: 1, guesses: 1 }).guesses).toBeLessThan(12)
    expect(attackPlainLru({ keys: 10_000, hits: 1, guesses: 1 }).guesses).toBe(200)
  })

  it('a saturating flood pays a bucket for each key, gets little, and rings the alarm', () => {
    const { guesses, refusedNewcomers, evictedWithDebt } = attack({ keys: 10_000, hits: 5 })
    expect(guesses).toBeLessThan(40)
    expect(refusedNewcomers).toBe(0)
    expect(evictedWithDebt).toBeGreaterThan(100_000)
    expect(attackPlainLru({ keys: 10_000, hits: 5 }).guesses).toBe(200)
  })

  it("with onFull: 'deny' a saturating flood gets 9, and newcomers are refused while it lasts", () => {
    const { guesses, refusedNewcomers, evictedWithDebt } = attack(
      { keys: 4_000, hits: 5 },
      { onFull: 'deny' },
    )
    expect(guesses).toBe(9)
    expect(refusedNewcomers).toBeGreaterThan(50)
    expect(evictedWithDebt).toBe(0)
  })
})

describe('the table', () => {
  const full = (onFull: 'evict' | 'deny') => {
    const clock = manualClock()
    const limiter = createLimiter({ requestsPerSecond: 1, burst: 5, maxKeys: 4, onFull, clock })
    for (const key of ['a', 'b', 'c', 'd']) limiter.check(key, 5)
    return { clock, limiter }
  }

  it('pushes out the key that owes least when all owe', () => {
    const { clock, limiter } = full('evict')
    limiter.refund('c', 3)
    limiter.allow('new')
    expect(limiter.stats()).toMatchObject({ keys: 4, evicted: 1, evictedWithDebt: 1 })
    // It is remembered what the key owed; only the time in which it is pays it off.
    expect(['a', 'b', 'c', 'd'].map(key => limiter.peek(key).remaining)).toEqual([0, 0, 3, 0])
    clock.advance(2_000)
    expect(limiter.peek('c').remaining).toBe(5)
  })

  it('refunds, penalizes and resets a key that was pushed out as one that was not', () => {
    const { limiter } = full('evict')
    const remaining = (key: string) => limiter.peek(key).remaining
    limiter.refund('a', 3)
    limiter.allow('new')
    limiter.refund('a', 1)
    expect(remaining('a')).toBe(4)
    limiter.penalize('a', { cost: 2 })
    expect(remaining('a')).toBe(2)
    for (let i = 0; i < 6; i++) limiter.check(`flood-${i}`, 5)
    expect(remaining('a')).toBe(2)
    limiter.reset('a')
    expect(remaining('a')).toBe(5)
  })

  it("refuses a newcomer with onFull: 'deny', says so, and has room when a debt is nearly paid", () => {
    const { clock, limiter } = full('deny')
    expect(limiter.check('new')).toMatchObject({
      ok: false,
      reason: 'full',
      remaining: 5,
      retryAfterMs: 1_000,
    })
    expect(limiter.stats()).toMatchObject({ denied: 1, deniedFull: 1, evicted: 0 })
    clock.advance(4_000)
    expect(limiter.allow('new')).toBe(true)
    expect(limiter.stats()).toMatchObject({ keys: 4, evicted: 1, evictedWithDebt: 0 })
  })

  it('never holds more than its keys, whatever comes', () => {
    const limiter = createLimiter({ requestsPerSecond: 1, burst: 5, maxKeys: 100, clock: manualClock() })
    for (let i = 0; i < 10_000; i++) limiter.check(`k${(i * 7919) % 1_000}`, 1 + (i % 5))
    expect(limiter.stats().keys).toBe(100)
  })

  it('only ever gives tokens by forgetting, never takes any: under random traffic and in any size', () => {
    const key = fc.integer({ min: 0, max: 15 }).map(number => `k${number}`)
    const step = fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record({
          act: fc.constant('take' as const),
          key,
          cost: fc.integer({ min: 1, max: 3 }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ act: fc.constant('pass' as const), ms: fc.nat(2_000) }) },
      { weight: 1, arbitrary: fc.record({ act: fc.constantFrom('refund' as const, 'reset' as const), key }) },
    )
    const traffic = fc.array(step, { maxLength: 300, size: 'max' })
    const policy = fc.constantFrom('evict' as const, 'deny' as const)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), policy, traffic, (maxKeys, onFull, traffic) => {
        const clock = manualClock()
        const options = { requestsPerSecond: 1, burst: 4, clock, sweepMs: 500, ttlMs: 1_000 }
        const small = createLimiter({ ...options, maxKeys, onFull })
        const large = createLimiter(options)
        const wrong: unknown[] = []
        for (const step of traffic) {
          if (step.act === 'pass') clock.advance(step.ms)
          else if (step.act !== 'take') for (const limiter of [small, large]) limiter[step.act](step.key)
          else {
            const owed = large.peek(step.key, step.cost)
            const { ok, reason } = small.check(step.key, step.cost)
            // The large one follows the small one, so that it owes what was really taken.
            if (ok) large.penalize(step.key, { cost: step.cost })
            if (!ok && reason !== 'full' && owed.ok) wrong.push({ step, reason, owed })
          }
          const { keys, evictedWithDebt } = small.stats()
          if (keys > maxKeys || (onFull === 'deny' && evictedWithDebt > 0)) wrong.push(small.stats())
        }
        expect(wrong).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  it('works with room for a single key', () => {
    const limiter = createLimiter({ requestsPerSecond: 1, burst: 2, maxKeys: 1, clock: manualClock() })
    expect(['a', 'b', 'a', 'b'].map(key => limiter.allow(key, 2))).toEqual([true, true, false, false])
    expect(limiter.stats()).toMatchObject({ keys: 1, evicted: 1, evictedWithDebt: 1 })
  })
})

describe('ghosts', () => {
  it('are remembered, changed and forgotten', () => {
    const ghosts = new Ghosts(100)
    ghosts.remember('a', 5)
    ghosts.remember('a', 7)
    expect([ghosts.recall('a'), ghosts.recall('b')]).toEqual([7, 0])
    ghosts.rebase(3)
    expect(ghosts.recall('a')).toBe(4)
    ghosts.forget('a')
    expect(ghosts.recall('a')).toBe(0)
  })

  it('give way to those that last longer, and are hardly ever taken for another', () => {
    const ghosts = new Ghosts(10_000)
    for (let i = 0; i < 200_000; i++) ghosts.remember(`key-${i}`, 1 + i)
    let late = 0
    for (let i = 190_000; i < 200_000; i++) if (ghosts.recall(`key-${i}`) === 1 + i) late++
    expect(late).toBeGreaterThan(9_900)
    let strangers = 0
    for (let i = 0; i < 200_000; i++) if (ghosts.recall(`stranger-${i}`) > 0) strangers++
    expect(strangers).toBeLessThan(3)
  })
})

describe('the sweep', () => {
  it('goes on in parts until every stale key is gone', () => {
    const clock = manualClock()
    const limiter = createLimiter({ requestsPerSecond: 10, burst: 20, clock, ttlMs: 1_000, sweepMs: 5_000 })
    for (let i = 0; i < 5_000; i++) limiter.allow(`k${i}`)
    clock.advance(5_001)
    expect(limiter.stats().keys).toBe(3_000)
    clock.advance(10)
    expect(limiter.stats()).toMatchObject({ keys: 0, swept: 5_000 })
    expect(clock.pending).toBe(0)
  })

  it('is not held up by a key that is blocked for long', () => {
    const clock = manualClock()
    const limiter = createLimiter({ requestsPerSecond: 10, burst: 20, clock, ttlMs: 3_000, sweepMs: 5_000 })
    limiter.penalize('blocked', { forMs: 86_400_000 })
    for (let i = 0; i < 50; i++) limiter.allow(`k${i}`)
    clock.advance(5_000)
    expect(limiter.stats().keys).toBe(1)
    expect(limiter.peek('blocked').ok).toBe(false)
  })
})
