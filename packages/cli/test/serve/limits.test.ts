import type { Context } from '@hubbub/hub'
import { describe, expect, it } from 'vitest'
import { serverLimits } from '../../src/serve/limits.ts'

const context = (name: string, type: 'publish' | 'history' = 'publish'): Context =>
  ({
    request: { type, id: '1', room: 'general', text: 'x' },
    user: { id: `guest:${name}`, name },
  }) as unknown as Context

describe('the limits of a server', () => {
  it('let 20 messages of one user pass at once, and say when the next may come', async () => {
    using limits = serverLimits()
    let passed = 0
    const next = async (): Promise<void> => {
      passed += 1
      await Promise.resolve()
    }
    for (let turn = 0; turn < 20; turn += 1) await limits.requests(context('ann'), next)
    let refusal: unknown
    try {
      await limits.requests(context('ann'), next)
    } catch (error) {
      refusal = error
    }
    expect(refusal).toMatchObject({ code: 'rate-limited' })
    const { retryAfterMs } = refusal as { retryAfterMs: number }
    expect(retryAfterMs).toBeGreaterThan(0)
    expect(retryAfterMs).toBeLessThanOrEqual(100)
    expect(passed).toBe(20)
    // Neither others nor other requests are touched by it.
    await limits.requests(context('bob'), next)
    await limits.requests(context('ann', 'history'), next)
    expect(passed).toBe(22)
  })

  it('let 100 connections of one address in at once', () => {
    using limits = serverLimits()
    const peer = { address: '127.0.0.1', headers: {} }
    const verdicts = Array.from({ length: 150 }, () => limits.admit(peer))
    expect(verdicts.slice(0, 100).every(verdict => verdict === true)).toBe(true)
    const refused = verdicts.find(verdict => verdict !== true)
    expect(refused?.retryAfterMs).toBeGreaterThan(0)
    expect(limits.admit({ headers: {}, address: '127.0.0.2' })).toBe(true)
    expect(limits.admit({ headers: {} })).toBe(true)
  })
})
