import { describe, expect, it } from 'vitest'
import { createRedisLimiter, type RedisLimiterOptions, type StoreFailure } from '../../src/redis/index.ts'
import { manualClock } from '../../src/testing/index.ts'

/** A client whose answers the test gives. */
const make = (options: Partial<RedisLimiterOptions> = {}) => {
  const clock = manualClock()
  const calls: { resolve: (answer: unknown) => void; reject: (error: Error) => void; args: string[] }[] = []
  const call = (_: string, __: number, ...args: string[]) =>
    new Promise<unknown>((resolve, reject) => {
      calls.push({ resolve, reject, args })
    })
  const errors: StoreFailure[] = []
  const limiter = createRedisLimiter({
    client: { evalsha: call, eval: call },
    requestsPerSecond: 1,
    burst: 3,
    clock,
    onError: error => errors.push(error),
    ...options,
  })
  return { clock, limiter, calls, errors }
}

describe('a Redis that does not answer', () => {
  it('is waited for 100 ms, then the decision is taken here', async () => {
    const { clock, limiter, calls, errors } = make()
    const verdict = limiter.check('k')
    clock.advance(99)
    expect(errors).toEqual([])
    clock.advance(1)
    await expect(verdict).resolves.toMatchObject({ ok: true, reason: 'ok', remaining: 2 })
    expect(errors).toMatchObject([{ reason: 'timeout', message: 'the store did not answer within 100 ms' }])
    expect(calls).toHaveLength(1)
    expect(limiter.stats()).toMatchObject({ timeouts: 1, fallbacks: 1, degraded: true })
  })

  it('is asked again once a second, by one caller', async () => {
    const { clock, limiter, calls } = make()
    const first = limiter.check('k')
    clock.advance(100)
    await first
    await Promise.all([limiter.check('k'), limiter.check('k')])
    expect(calls).toHaveLength(1)
    clock.advance(1_000)
    const trial = limiter.check('k')
    await limiter.check('k')
    expect(calls).toHaveLength(2)
    calls[1]?.resolve([1, '1000000'])
    await expect(trial).resolves.toMatchObject({ ok: true, remaining: 2 })
    expect(limiter.stats().degraded).toBe(false)
  })

  it.each([
    ['open', { ok: true, reason: 'timeout', remaining: 3, retryAfterMs: 0 }],
    ['closed', { ok: false, reason: 'timeout', remaining: 0, retryAfterMs: 1_000 }],
  ] as const)("with onStoreError '%s' says that it is the store", async (onStoreError, expected) => {
    const { clock, limiter } = make({ onStoreError })
    const verdict = limiter.check('k')
    clock.advance(100)
    await expect(verdict).resolves.toEqual({ limit: 3, resetMs: 0, policy: 'default', ...expected })
  })

  it('is told afterwards what keys owe, before it is trusted with them again', async () => {
    const { clock, limiter, calls } = make()
    const first = limiter.check('k', 2)
    calls[0]?.reject(new Error('connection is closed'))
    await expect(first).resolves.toMatchObject({ ok: true, remaining: 1 })
    clock.advance(1_000)
    const trial = limiter.check('other')
    calls[1]?.resolve([1, '1000000'])
    await trial
    await Promise.resolve()
    expect(calls[2]?.args.slice(0, 3)).toEqual(['ratelimit:default:k', 'raise', '1000000'])
    expect(limiter.stats()).toMatchObject({ storeErrors: 1, degraded: false })
  })

  it('may answer rubbish, which is an error of the store', async () => {
    const { limiter, calls, errors } = make({ onStoreError: 'closed' })
    const verdict = limiter.check('k')
    calls[0]?.resolve('OK')
    await expect(verdict).resolves.toMatchObject({ ok: false, reason: 'store-error' })
    expect(errors[0]?.cause).toBeInstanceOf(TypeError)
  })
})

describe('a limiter on Redis', () => {
  it('has no timer after stop, and settles what was under way', async () => {
    const { clock, limiter } = make()
    const verdict = limiter.check('k')
    expect(clock.pending).toBe(1)
    limiter.stop()
    limiter.stop()
    await expect(verdict).resolves.toMatchObject({ ok: true })
    expect(clock.pending).toBe(0)
  })

  it('refuses bad input by name', async () => {
    const { limiter, calls } = make()
    await expect(limiter.check('')).rejects.toThrow('key must be')
    await expect(limiter.check('k', -1)).rejects.toThrow('cost must be')
    await expect(limiter.penalize('k', { forMs: Number.NaN })).rejects.toThrow('forMs must be')
    expect(calls).toEqual([])
    expect(() => make({ timeoutMs: 0 })).toThrow('timeoutMs must be')
    expect(() => make({ onStoreError: 'maybe' as 'open' })).toThrow("onStoreError must be 'local'")
    expect(() => make({ client: {} as never })).toThrow('client must be one of')
  })
})
