import { getEventListeners } from 'node:events'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLimiter, type LimiterOptions, StoppedError } from '../src/index.ts'
import { manualClock } from '../src/testing/index.ts'

const make = (options: Partial<LimiterOptions> = {}) => {
  const clock = manualClock()
  const limiter = createLimiter({ requestsPerSecond: 10, burst: 1, clock, sweepMs: 2 ** 31 - 1, ...options })
  const log: string[] = []
  /** Waits, and notes the time and how it ended. */
  const wait = (name: string, options = {}): Promise<void> =>
    limiter.wait('k', options).then(
      ({ ok, reason }) => void log.push(`${clock.time} ${name} ${ok ? 'served' : reason}`),
      (error: unknown) =>
        void log.push(`${clock.time} ${name} ${error instanceof Error ? error.name : 'no error'}`),
    )
  /** Moves time in steps, and lets what became due settle at each. */
  const pass = async (ms: number, step = 10): Promise<void> => {
    await settled()
    for (let passed = 0; passed < ms; passed += step) {
      clock.advance(step)
      await settled()
    }
  }
  return { clock, limiter, log, wait, pass }
}

/** Resolves when every promise that could settle now has told its followers. */
async function settled(): Promise<void> {
  for (let i = 0; i < 8; i++) await Promise.resolve()
}

describe('wait', () => {
  it('serves in the order of the calls, as the tokens come', async () => {
    const { log, wait, pass } = make()
    const all = [wait('a'), wait('b'), wait('c', { cost: 1 }), wait('d')]
    await pass(400)
    await Promise.all(all)
    expect(log).toEqual(['0 a served', '100 b served', '200 c served', '300 d served'])
  })

  it('cannot be overtaken by allow', async () => {
    const { limiter, log, wait, pass } = make()
    const all = [wait('a'), wait('b')]
    await pass(90)
    expect(limiter.allow('k')).toBe(false)
    await pass(10)
    expect(limiter.allow('k')).toBe(false)
    await pass(100)
    expect(limiter.allow('k')).toBe(true)
    await Promise.all(all)
    expect(log).toEqual(['0 a served', '100 b served'])
  })

  it('refuses at once what cannot be served by the deadline', async () => {
    const { limiter, log, wait, pass } = make()
    const all = [wait('a'), wait('b'), wait('c', { deadlineMs: 199 }), wait('d', { deadlineMs: 200 })]
    await pass(200)
    await Promise.all(all)
    expect(log).toEqual(['0 a served', '0 c deadline', '100 b served', '200 d served'])
    const late = await limiter.wait('k', { deadlineMs: 50 })
    expect(late).toMatchObject({ ok: false, reason: 'deadline', retryAfterMs: 100 })
  })

  it('waits 30 s at most when nothing else is said', async () => {
    const { limiter } = make({ requestsPerSecond: 1 / 31 })
    limiter.allow('k')
    expect((await limiter.wait('k')).reason).toBe('deadline')
  })

  it('says never to a cost above the burst', async () => {
    const { limiter } = make()
    await expect(limiter.wait('k', { cost: 2 })).resolves.toMatchObject({ ok: false, reason: 'never' })
  })

  it('gives the tokens of an aborted wait to those behind it', async () => {
    const { limiter, clock, log, wait, pass } = make()
    const aborter = new AbortController()
    const all = [wait('a'), wait('b', { signal: aborter.signal }), wait('c'), wait('d')]
    await pass(50)
    aborter.abort()
    await pass(200)
    await Promise.all(all)
    expect(log).toEqual(['0 a served', '50 b AbortError', '100 c served', '200 d served'])
    expect(getEventListeners(aborter.signal, 'abort')).toEqual([])
    expect(limiter.stats().waiting).toBe(0)
    expect(clock.pending).toBe(1) // the sweep
  })

  it('rejects with the reason of a signal that was aborted before, and takes nothing', async () => {
    const { limiter } = make()
    const reason = new Error('changed my mind')
    await expect(limiter.wait('k', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(limiter.peek('k').remaining).toBe(1)
  })

  it('leaves no listener on the signal of a served wait', async () => {
    const { wait, pass } = make()
    const { signal } = new AbortController()
    const all = [wait('a'), wait('b', { signal })]
    await pass(100)
    await Promise.all(all)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('moves up when tokens are refunded or the key is reset', async () => {
    const { limiter, log, wait, pass } = make({ burst: 2 })
    const all = [wait('a', { cost: 2 }), wait('b'), wait('c'), wait('d'), wait('e')]
    await pass(10)
    limiter.refund('k')
    await pass(10)
    expect(log).toEqual(['0 a served', '20 b served'])
    limiter.reset('k')
    await pass(10)
    expect(log.slice(2)).toEqual(['30 c served', '30 d served'])
    await pass(200)
    await Promise.all(all)
    expect(log.slice(4)).toEqual(['120 e served'])
  })

  it('keeps its time when the key is penalized after it was granted', async () => {
    const { limiter, log, wait, pass } = make()
    const all = [wait('a'), wait('b')]
    limiter.penalize('k', { cost: 5 })
    await pass(100)
    await Promise.all(all)
    expect(log).toEqual(['0 a served', '100 b served'])
    expect(limiter.peek('k').retryAfterMs).toBe(600)
  })

  it('is refused when too many wait', async () => {
    const { limiter, wait } = make({ maxWaiting: 1 })
    limiter.allow('k')
    const waiting = wait('a')
    await expect(limiter.wait('k')).resolves.toMatchObject({ ok: false, reason: 'full' })
    limiter.stop()
    await waiting
  })

  it('keeps its key in a table that a flood wants to empty', async () => {
    const { limiter, log, wait, pass } = make({ maxKeys: 10 })
    const all = [wait('a'), wait('b')]
    for (let i = 0; i < 1_000; i++) limiter.allow(`flood-${i}`)
    expect(limiter.allow('k')).toBe(false)
    await pass(100)
    await Promise.all(all)
    expect(log).toEqual(['0 a served', '100 b served'])
  })

  it('refuses bad input by name, as a rejection', async () => {
    const { limiter } = make()
    await expect(limiter.wait('')).rejects.toThrow('key must be')
    await expect(limiter.wait('k', { cost: -1 })).rejects.toThrow('cost must be')
    await expect(limiter.wait('k', { deadlineMs: Number.NaN })).rejects.toThrow('deadlineMs must be')
  })

  it('in shadow never waits', async () => {
    const { limiter } = make({ shadow: true })
    limiter.allow('k')
    await expect(limiter.wait('k')).resolves.toMatchObject({ ok: true, reason: 'shadow' })
  })
})

describe('stop', () => {
  it('rejects those that wait, gives their tokens back and ends the timers', async () => {
    const { clock, limiter } = make()
    limiter.allow('k')
    const waits = [limiter.wait('k'), limiter.wait('k')]
    const held = limiter.reserve('k')
    limiter.stop()
    await expect(waits[0]).rejects.toThrow(StoppedError)
    await expect(waits[1]).rejects.toMatchObject({ code: 'stopped' })
    expect(clock.pending).toBe(0)
    expect(limiter.peek('k').retryAfterMs).toBe(100)
    expect(held.cancel()).toBe(false)
    await expect(limiter.wait('k')).rejects.toThrow(StoppedError)
    expect(() => limiter.reserve('k')).toThrow(StoppedError)
  })
})

describe('reserve', () => {
  it('takes tokens of the future and says when they may be used', () => {
    const { clock, limiter } = make()
    const now = limiter.reserve('k')
    const later = limiter.reserve('k')
    expect([now.delayMs, later.delayMs]).toEqual([0, 100])
    clock.advance(30)
    expect(later.delayMs).toBe(70)
    clock.advance(100)
    expect(later.delayMs).toBe(0)
  })

  it('gives back once what is cancelled, and moves up what is behind', () => {
    const { limiter } = make()
    limiter.allow('k')
    const [first, second] = [limiter.reserve('k'), limiter.reserve('k')]
    expect([first.cancel(), first.cancel()]).toEqual([true, false])
    expect(second.delayMs).toBe(100)
    second.cancel()
    expect(limiter.peek('k').retryAfterMs).toBe(100)
  })

  it('can be cancelled when it is due too, as long as its tokens are missing', () => {
    const { limiter } = make()
    const used = limiter.reserve('k')
    expect(limiter.peek('k').ok).toBe(false)
    expect(used.cancel()).toBe(true)
    expect(limiter.peek('k').ok).toBe(true)
  })

  it('refused, holds nothing', () => {
    const { limiter } = make()
    limiter.allow('k')
    const refused = limiter.reserve('k', { deadlineMs: 99 })
    expect(refused.verdict).toMatchObject({ ok: false, reason: 'deadline' })
    expect([refused.delayMs, refused.cancel()]).toEqual([Infinity, false])
    expect(limiter.peek('k').retryAfterMs).toBe(100)
  })
})

describe('1,000 waiters with random costs, aborts and cancellations', () => {
  const waiters = fc.array(
    fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      cost: fc.integer({ min: 1, max: 3 }),
      abortAt: fc.option(fc.nat(2_000)),
      kind: fc.constantFrom('wait', 'wait', 'reserve'),
    }),
    { minLength: 1_000, maxLength: 1_000, size: 'max' },
  )

  it('keep their order, and leave a full bucket behind', async () => {
    await fc.assert(
      fc.asyncProperty(waiters, async plan => {
        const rate = 300
        const burst = 10
        const { clock, limiter } = make({ requestsPerSecond: rate, burst })
        const order = { a: [] as number[], b: [] as number[], c: [] as number[] }
        const aborts: { at: number; act: () => void }[] = []
        const all = plan.map(({ key, cost, abortAt, kind }, place) => {
          if (kind === 'reserve') {
            const held = limiter.reserve(key, { cost })
            if (abortAt === null) return Promise.resolve()
            const act = (): void => {
              held.cancel()
            }
            aborts.push({ at: abortAt, act })
            return Promise.resolve()
          }
          const aborter = new AbortController()
          if (abortAt !== null)
            aborts.push({
              at: abortAt,
              act: () => {
                aborter.abort()
              },
            })
          return limiter.wait(key, { cost, signal: aborter.signal }).then(
            ({ ok }) => {
              if (!ok) throw new Error('refused')
              order[key].push(place)
            },
            (error: unknown) => {
              if (!aborter.signal.aborted) throw error
            },
          )
        })
        aborts.sort((x, y) => x.at - y.at)
        for (const { at, act } of aborts) {
          clock.advance(at - clock.time)
          await settled()
          act()
        }
        clock.advance(20_000 - clock.time)
        await Promise.all(all)
        expect(limiter.stats().waiting).toBe(0)
        for (const key of ['a', 'b', 'c'] as const) {
          expect(order[key]).toEqual(order[key].toSorted((x, y) => x - y))
          // Nothing is pending and all is paid for: exactly a burst is there, not a token more.
          expect(limiter.peek(key).remaining).toBe(burst)
          for (let i = 0; i < burst; i++) expect(limiter.allow(key)).toBe(true)
          expect(limiter.allow(key)).toBe(false)
        }
        limiter.stop()
        expect(clock.pending).toBe(0)
      }),
      { numRuns: 20, endOnFailure: true },
    )
  })

  it('are served at exactly the times at which they would be without those that gave up', async () => {
    await fc.assert(
      fc.asyncProperty(waiters, async plan => {
        const burst = 10
        const { clock, limiter } = make({ requestsPerSecond: 1_000, burst })
        const times: number[] = []
        const expected: number[] = []
        const aborter = new AbortController()
        let asked = 0
        let kept = 0
        const all = plan.map(({ cost, abortAt }) => {
          const atOnce = (asked += cost) <= burst
          const givesUp = abortAt !== null && !atOnce
          if (!givesUp) expected.push(Math.max(0, (kept += cost) - burst))
          return limiter.wait('k', { cost, ...(givesUp && { signal: aborter.signal }) }).then(
            () => times.push(clock.time),
            () => undefined,
          )
        })
        await settled()
        aborter.abort()
        // Those who moved up into the burst are served by a timer of 0 ms.
        clock.advance(0)
        await settled()
        while (limiter.stats().waiting > 0) {
          clock.advance(1)
          await settled()
        }
        await Promise.all(all)
        expect(times).toEqual(expected)
        limiter.stop()
        expect(clock.pending).toBe(0)
      }),
      { numRuns: 10, endOnFailure: true },
    )
  })
})
