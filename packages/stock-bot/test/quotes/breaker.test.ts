import { describe, expect, it } from 'vitest'
import { Breaker, type BreakerOptions } from '../../src/quotes/breaker.ts'
import type { QuoteFailure, QuoteResult } from '../../src/quotes/source.ts'
import { refusal } from './scripted-source.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const QUOTE: QuoteResult = {
  ok: true,
  quote: { symbol: 'A.US', price: '1', currency: 'USD', at: undefined, source: 'live' },
}

function setUp(options: BreakerOptions = {}) {
  const clock = new VirtualClock()
  const breaker = new Breaker({ ...options, clock })
  /** Makes one call with these outcomes; false where the breaker let none through. */
  const call = (...outcomes: (QuoteFailure | 'ok' | 'given up')[]): boolean => {
    const permit = breaker.enter()
    if (!permit.ok) return false
    if (outcomes[0] === 'given up') permit.settle(undefined)
    else
      permit.settle(
        outcomes.map(kind => (kind === 'ok' || kind === 'given up' ? QUOTE : refusal(kind, 'live'))),
      )
    return true
  }
  return { clock, breaker, call }
}

describe('a breaker', () => {
  it.each(['network', 'timeout', 'malformed', 'http'] as const)(
    'opens after three calls in a row end in %s',
    kind => {
      const { breaker, call } = setUp()
      call(kind)
      call(kind)
      expect(breaker.state).toBe('closed')
      call(kind)
      expect(breaker.state).toBe('open')
      expect(call('ok')).toBe(false)
    },
  )

  it.each(['blocked', 'gone', 'auth', 'rate-limited'] as const)(
    'opens at once on %s, for 15 minutes',
    async kind => {
      const { clock, breaker, call } = setUp()
      call(kind)
      await clock.advance(899_999)
      expect(breaker.state).toBe('open')
      await clock.advance(1)
      expect(breaker.state).toBe('half-open')
    },
  )

  it.each([7_000, 3_600_000])(
    'stays open for the %i ms that the source itself has named',
    async retryAfterMs => {
      const { clock, breaker } = setUp()
      const permit = breaker.enter()
      if (permit.ok) permit.settle([{ ...refusal('rate-limited', 'live'), retryAfterMs }])
      await clock.advance(retryAfterMs - 1)
      expect(breaker.state).toBe('open')
      await clock.advance(1)
      expect(breaker.state).toBe('half-open')
    },
  )

  it('never counts not-found', () => {
    const { breaker, call } = setUp({ failures: 1 })
    for (let i = 0; i < 10; i += 1) call('not-found')
    expect(breaker.state).toBe('closed')
  })

  it('takes not-found for a sign of life', () => {
    const { breaker, call } = setUp({ failures: 2 })
    call('network')
    call('not-found')
    call('network')
    expect(breaker.state).toBe('closed')
  })

  it('counts a call with one quote in it as good', () => {
    const { breaker, call } = setUp({ failures: 1 })
    call('malformed', 'ok')
    expect(breaker.state).toBe('closed')
  })

  it('learns nothing from a caller who gave up', () => {
    const { breaker, call } = setUp({ failures: 2 })
    call('network')
    call('given up')
    expect(breaker.state).toBe('closed')
    call('network')
    expect(breaker.state).toBe('open')
  })

  it('says why it is open, and when it may be tried', async () => {
    const { clock, breaker, call } = setUp({ failures: 1, openMs: 1_000 })
    call('network')
    await clock.advance(400)
    expect(breaker.enter()).toEqual({
      ok: false,
      kind: 'network',
      source: 'live',
      detail: 'not asked after: scripted',
      retryAfterMs: 600,
    })
  })

  it('lets one call through on trial, and closes when it is good', async () => {
    const { clock, breaker, call } = setUp({ failures: 1, openMs: 1_000 })
    call('network')
    await clock.advance(1_000)
    const trial = breaker.enter()
    expect(trial.ok).toBe(true)
    expect(breaker.enter().ok).toBe(false)
    if (trial.ok) trial.settle([QUOTE])
    expect(breaker.state).toBe('closed')
    expect(call('ok')).toBe(true)
  })

  it('gives the trial to the next caller when the first gave up', async () => {
    const { clock, breaker, call } = setUp({ failures: 1, openMs: 1_000 })
    call('network')
    await clock.advance(1_000)
    expect(call('given up')).toBe(true)
    expect(breaker.state).toBe('half-open')
    expect(call('ok')).toBe(true)
    expect(breaker.state).toBe('closed')
  })

  it('opens for twice as long each time a trial fails, up to five minutes, and starts again after a success', async () => {
    const { clock, breaker, call } = setUp({ failures: 1, openMs: 30_000 })
    const waits: number[] = []
    for (let i = 0; i < 6; i += 1) {
      call('network')
      const wait = breaker.reason?.retryAfterMs ?? 0
      waits.push(wait)
      await clock.advance(wait)
    }
    expect(waits).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000])
    call('ok')
    call('network')
    expect(breaker.reason?.retryAfterMs).toBe(30_000)
  })

  it('is not closed by a good answer to a call that went out before it opened', () => {
    const { breaker, call } = setUp({ failures: 1 })
    const early = breaker.enter()
    call('blocked')
    if (early.ok) early.settle([QUOTE])
    expect(breaker.state).toBe('open')
  })

  it('is not opened by a bad answer to a call that went out before its trial succeeded', async () => {
    const { clock, breaker, call } = setUp({ failures: 1, openMs: 1_000 })
    const early = breaker.enter()
    call('network')
    await clock.advance(1_000)
    call('ok')
    if (early.ok) early.settle([refusal('network', 'live')])
    expect(breaker.state).toBe('closed')
  })

  it('counts a permit once, however often it is settled', () => {
    const { breaker } = setUp({ failures: 2 })
    const permit = breaker.enter()
    if (permit.ok) {
      permit.settle([refusal('network', 'live')])
      permit.settle([refusal('network', 'live')])
    }
    expect(breaker.state).toBe('closed')
  })

  it.each([{ failures: 0 }, { openMs: NaN }, { refusedMs: -1 }])('refuses %j', options => {
    expect(() => new Breaker(options)).toThrow(/must be a number from 1 up/)
  })
})
