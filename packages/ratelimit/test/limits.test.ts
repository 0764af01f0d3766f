import { describe, expect, it } from 'vitest'
import { createLimiter, limits } from '../src/index.ts'
import { manualClock } from '../src/testing/index.ts'

const make = (overrides: { shadow?: boolean } = {}) => {
  const clock = manualClock()
  const limiter = (burst: number, more = {}) => createLimiter({ requestsPerSecond: 1, burst, clock, ...more })
  const parts = { perIp: limiter(5, overrides), perUser: limiter(2), global: limiter(8) }
  return { clock, parts, guard: limits(parts) }
}
const keys = (perUser: string, perIp = 'ip') => ({ perIp, perUser, global: 'all' })

describe('limits', () => {
  it('takes from all, and names the one with the least left', () => {
    const { guard, parts } = make()
    expect(guard.check(keys('ada'))).toMatchObject({ ok: true, policy: 'perUser', remaining: 1, limit: 2 })
    expect([parts.perIp.peek('ip').remaining, parts.global.peek('all').remaining]).toEqual([4, 7])
  })

  it('takes from none where one refuses, and names that one', () => {
    const { guard, parts } = make()
    guard.allow(keys('ada'), 2)
    expect(guard.check(keys('ada'))).toMatchObject({ ok: false, policy: 'perUser', retryAfterMs: 1_000 })
    expect([parts.perIp.peek('ip').remaining, parts.global.peek('all').remaining]).toEqual([3, 6])
    expect(parts.perUser.stats().denied).toBe(1)
    expect(parts.perIp.stats().denied).toBe(0)
  })

  it('names the refusal with the longest wait', () => {
    const { guard, parts } = make()
    parts.perIp.penalize('ip', { forMs: 5_000 })
    parts.global.penalize('all', { forMs: 60_000 })
    expect(guard.check(keys('ada'))).toMatchObject({ ok: false, policy: 'global', retryAfterMs: 60_000 })
  })

  it('takes a cost for each, 1 where none is given', () => {
    const { guard, parts } = make()
    expect(guard.allow(keys('ada'), { perIp: 3, global: 0 })).toBe(true)
    expect([
      parts.perIp.peek('ip').remaining,
      parts.perUser.peek('ada').remaining,
      parts.global.peek('all').remaining,
    ]).toEqual([2, 1, 8])
  })

  it('gives back to all', () => {
    const { guard, parts } = make()
    guard.allow(keys('ada'))
    guard.refund(keys('ada'))
    expect(guard.peek(keys('ada'))).toMatchObject({ ok: true, policy: 'perUser', remaining: 2 })
    expect(parts.global.peek('all').remaining).toBe(8)
  })

  it('takes nothing when the same bucket is under two names and has one token', () => {
    const one = createLimiter({ requestsPerSecond: 1, burst: 1, clock: manualClock() })
    const guard = limits({ first: one, second: one })
    expect(guard.allow({ first: 'k', second: 'k' })).toBe(false)
    expect(one.peek('k').remaining).toBe(1)
  })

  it('a limit in shadow never refuses, and is refunded nothing that it has not taken', () => {
    const { guard, parts } = make({ shadow: true })
    parts.perIp.penalize('ip', { cost: 5 })
    expect(guard.allow(keys('ada'), 2)).toBe(true)
    expect(guard.check(keys('ada')).policy).toBe('perUser')
    expect(parts.perIp.peek('ip').remaining).toBe(0)
  })

  it('refuses to be made of nothing or of what is no limiter', () => {
    expect(() => limits({})).toThrow('at least one')
    expect(() => limits({ perIp: {} as never })).toThrow('limits.perIp must be a limiter')
  })
})
