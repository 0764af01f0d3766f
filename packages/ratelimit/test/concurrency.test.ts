import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { make, settled } from './line.ts'

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
