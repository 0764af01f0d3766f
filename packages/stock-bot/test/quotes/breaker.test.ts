import { describe, expect, it } from 'vitest'
import { Breaker, type BreakerOptions, type Permit } from '../../src/quotes/breaker.ts'
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
  const call = (...outcomes: (QuoteFailure | 'ok' | 'given up' | 'unasked')[]): boolean => {
    const permit = breaker.enter()
    if (!permit.ok) return false
    if (outcomes[0] === 'given up') permit.settle(undefined)
    else if (outcomes[0] === 'unasked') permit.settle([{ ...refusal('timeout', 'live'), unasked: true }])
    else {
      const kinds = outcomes as (QuoteFailure | 'ok')[]
      permit.settle(kinds.map(kind => (kind === 'ok' ? QUOTE : refusal(kind, 'live'))))
    }
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

  it('lets three calls through on trial and no more, and closes when all three are good', async () => {
    const { clock, breaker, call } = setUp({ failures: 1, openMs: 1_000 })
    const log: string[] = []
    const permits: Permit[] = []
    const enter = (who: string): void => {
      const permit = breaker.enter()
      log.push(`${who} ${permit.ok ? 'goes out' : 'is refused'}`)
      if (permit.ok) permits.push(permit)
    }
    const settle = (index: number, results: readonly QuoteResult[] | undefined, what: string): void => {
      permits[index]?.settle(results)
      log.push(`${what}: ${breaker.state}`)
    }
    call('network')
    enter('ann')
    await clock.advance(1_000)
    for (const who of ['bob', 'cem', 'dan', 'eve']) enter(who)
    settle(0, [QUOTE], 'bob has a quote')
    // A place is not free again because its trial was good: three calls in all.
    enter('fay')
    settle(1, undefined, 'cem leaves')
    enter('gus')
    enter('hal')
    settle(3, [refusal('not-found', 'live')], 'gus learns that there is none')
    settle(2, [QUOTE], 'dan has a quote')
    enter('ida')
    expect(log).toEqual([
      'ann is refused',
      'bob goes out',
      'cem goes out',
      'dan goes out',
      'eve is refused',
      'bob has a quote: half-open',
      'fay is refused',
      'cem leaves: half-open',
      'gus goes out',
      'hal is refused',
      'gus learns that there is none: half-open',
      'dan has a quote: closed',
      'ida goes out',
    ])
  })

  it('opens again with the first trial that fails, whatever the others were or come to', async () => {
    const { clock, breaker, call } = setUp({ failures: 3, openMs: 1_000 })
    for (let i = 0; i < 3; i += 1) call('network')
    await clock.advance(1_000)
    const trials = [breaker.enter(), breaker.enter(), breaker.enter()]
    const settle = (index: number, result: QuoteResult): void => {
      const trial = trials[index]
      if (trial?.ok) trial.settle([result])
    }
    settle(0, QUOTE)
    settle(1, refusal('timeout', 'live'))
    expect(breaker.state).toBe('open')
    expect(breaker.reason).toMatchObject({ kind: 'timeout', retryAfterMs: 2_000 })
    settle(2, QUOTE)
    expect(breaker.state).toBe('open')
    await clock.advance(2_000)
    // The three places are free again.
    expect([breaker.enter().ok, breaker.enter().ok, breaker.enter().ok, breaker.enter().ok]).toEqual([
      true,
      true,
      true,
      false,
    ])
  })

  it('opens for long again where a trial is blocked', async () => {
    const { clock, breaker, call } = setUp({ failures: 1, openMs: 1_000 })
    call('network')
    await clock.advance(1_000)
    call('blocked')
    expect(breaker.reason).toMatchObject({ kind: 'blocked', retryAfterMs: 900_000 })
  })

  it('gives the place of a trial that was given up to the next caller, and learns nothing from it', async () => {
    const { clock, breaker, call } = setUp({ failures: 1, openMs: 1_000, trials: 1 })
    call('network')
    await clock.advance(1_000)
    expect(call('given up')).toBe(true)
    expect(breaker.state).toBe('half-open')
    expect(call('unasked')).toBe(true)
    expect(breaker.state).toBe('half-open')
    expect(call('ok')).toBe(true)
    expect(breaker.state).toBe('closed')
  })

  it('learns nothing from a question that never went out', () => {
    const { breaker, call } = setUp({ failures: 1 })
    call('unasked')
    expect(breaker.state).toBe('closed')
  })

  it.each([
    [10_000, 30_000],
    [90_000, 90_000],
    [600_000, 600_000],
  ])('where a failing source asks for %i ms, stays open for %i ms', (retryAfterMs, ms) => {
    const { breaker } = setUp({ failures: 1 })
    const permit = breaker.enter()
    if (permit.ok) permit.settle([{ ...refusal('http', 'live'), retryAfterMs }])
    expect(breaker.reason?.retryAfterMs).toBe(ms)
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
    for (let trial = 0; trial < 3; trial += 1) call('ok')
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
    for (let trial = 0; trial < 3; trial += 1) call('ok')
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

  it.each([{ failures: 0 }, { openMs: NaN }, { refusedMs: -1 }, { trials: 0 }])('refuses %j', options => {
    expect(() => new Breaker(options)).toThrow(/must be a number from 1 up/)
  })
})
