import { describe, expect, it } from 'vitest'
import { problemOf, rateLimitHeaders } from '../../src/http/index.ts'
import { createLimiter, limits, type LimiterOptions } from '../../src/index.ts'
import { manualClock } from '../../src/testing/index.ts'

const make = (options: Partial<LimiterOptions> = {}) =>
  createLimiter({ requestsPerSecond: 1 / 12, burst: 5, name: 'login', clock: manualClock(), ...options })

describe('the header fields', () => {
  it('say the policy, what is left, and when there is more', () => {
    const limiter = make()
    expect(rateLimitHeaders(limiter.check('k'), [limiter])).toEqual({
      'RateLimit-Policy': '"login";q=5;w=60',
      RateLimit: '"login";r=4;t=12',
    })
  })

  it('do not say when there is more while the bucket is full', () => {
    const limiter = make()
    expect(rateLimitHeaders(limiter.peek('k'), [limiter])['RateLimit']).toBe('"login";r=5')
  })

  it('say when to come back after a refusal, never before there is more', () => {
    const limiter = make()
    limiter.check('k', 5)
    expect(rateLimitHeaders(limiter.check('k'), [limiter])).toMatchObject({
      RateLimit: '"login";r=0;t=12',
      'Retry-After': '12',
    })
    expect(rateLimitHeaders(limiter.check('k', 3), [limiter])['Retry-After']).toBe('36')
  })

  it('round times up to whole seconds, and a window to one at least', () => {
    const limiter = make({ requestsPerSecond: 100, burst: 2 })
    limiter.check('k', 2)
    expect(rateLimitHeaders(limiter.check('k'), [limiter])).toEqual({
      'RateLimit-Policy': '"login";q=2;w=1',
      RateLimit: '"login";r=0;t=1',
      'Retry-After': '1',
    })
  })

  it('name no time for what will never be allowed', () => {
    const limiter = make()
    expect(rateLimitHeaders(limiter.check('k', 6), [limiter])).not.toHaveProperty('Retry-After')
  })

  it('list several policies, and quote their names', () => {
    const guard = limits({ 'per "ip"': make(), perUser: make({ burst: 2 }) })
    const verdict = guard.check({ 'per "ip"': 'a', perUser: 'b' })
    expect(rateLimitHeaders(verdict, guard.policies)).toEqual({
      'RateLimit-Policy': String.raw`"per \"ip\"";q=5;w=60, "perUser";q=2;w=24`,
      RateLimit: '"perUser";r=1;t=12',
    })
  })

  it('name the unit where it is not a request', () => {
    const limiter = make()
    const { name, limit, refillMs } = limiter
    const policy = { name, limit, refillMs, unit: 'content-bytes' }
    expect(rateLimitHeaders(limiter.peek('k'), [policy])['RateLimit-Policy']).toBe(
      '"login";q=5;w=60;qu="content-bytes"',
    )
  })
})

describe('the problem', () => {
  it('is the quota of the client', () => {
    const limiter = make()
    limiter.check('k', 5)
    expect(problemOf(limiter.check('k'))).toEqual({
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      title: 'Quota Exceeded',
      status: 429,
      detail: 'The limit "login" is used up. Try again in 12 s.',
      'violated-policies': ['login'],
    })
    expect(problemOf(limiter.check('k', 9)).detail).toContain('more than the limit ever allows')
  })

  it('is the capacity of the server where that is the reason', () => {
    const verdict = { ...make().peek('k'), ok: false, reason: 'store-error' as const }
    expect(problemOf(verdict)).toMatchObject({ status: 503, title: 'Temporary Reduced Capacity' })
  })
})
