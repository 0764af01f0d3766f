import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { Breaker, type BreakerState, type Permit } from '../../src/quotes/breaker.ts'
import type { QuoteRefusal, QuoteResult } from '../../src/quotes/source.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { refusal } from './scripted-source.ts'

interface BreakerLike {
  readonly state: BreakerState
  enter(): Permit | QuoteRefusal
}
type Outcome = 'quote' | 'not-found' | 'network' | 'blocked' | 'left'

const OPEN_MS = 30_000
const QUOTE: QuoteResult = {
  ok: true,
  quote: { symbol: 'A.US', price: '1', currency: 'USD', at: undefined, source: 'live' },
}

const results = (outcome: Outcome): readonly QuoteResult[] | undefined => {
  if (outcome === 'left') return undefined
  return [outcome === 'quote' ? QUOTE : refusal(outcome, 'live')]
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ act: fc.constant('enter' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant('settle' as const),
      who: fc.nat(99),
      outcome: fc.constantFrom<Outcome>('quote', 'not-found', 'network', 'blocked', 'left'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('wait' as const) }) },
)

/**
 * Callers come, end and leave in any order. Judged from outside, by the log alone: at most three calls are out
 * on trial, a breaker closes after three good ones and no bad one since it opened, a bad one opens it at once,
 * a place that somebody left is free, and an open breaker lets nobody through.
 */
const triesThree = (make: (clock: VirtualClock) => BreakerLike) =>
  fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async steps => {
    const clock = new VirtualClock()
    const breaker = make(clock)
    let out: { readonly permit: Permit; readonly trial: boolean; readonly era: number }[] = []
    let good = 0
    let era = 0
    for (const next of steps) {
      const before = breaker.state
      const onTrial = out.filter(call => call.trial && call.era === era).length
      if (next.act === 'wait') {
        // Longer than any opening: what follows is about trials.
        await clock.advance(900_000)
        if (before !== 'closed') expect(breaker.state).toBe('half-open')
      } else if (next.act === 'enter') {
        const permit = breaker.enter()
        const expected = before === 'closed' || (before === 'half-open' && onTrial + good < 3)
        expect(permit.ok).toBe(expected)
        if (permit.ok) out.push({ permit, trial: before === 'half-open', era })
      } else {
        const call = out[next.who % Math.max(out.length, 1)]
        if (!call) continue
        out = out.filter(other => other !== call)
        call.permit.settle(results(next.outcome))
        const bad = next.outcome === 'network' || next.outcome === 'blocked'
        // What went out before the breaker last opened or closed says nothing about it now.
        if (call.era !== era) expect(breaker.state).toBe(before)
        else if (!call.trial) expect(breaker.state).toBe(bad ? 'open' : 'closed')
        else if (next.outcome === 'left') expect(breaker.state).toBe('half-open')
        else if (bad) expect(breaker.state).toBe('open')
        else {
          good += 1
          expect(breaker.state).toBe(good === 3 ? 'closed' : 'half-open')
        }
        if (breaker.state !== before && breaker.state !== 'half-open') {
          era += 1
          good = 0
        }
      }
    }
  })

it('in any order of callers, three calls are tried and all three must be good', async () => {
  await fc.assert(
    triesThree(clock => new Breaker({ clock, failures: 1, openMs: OPEN_MS })),
    { numRuns: 2_000 },
  )
})

/** A breaker that is told of what comes back in another way than it was. */
const mistold =
  (as: (given: readonly QuoteResult[] | undefined) => readonly QuoteResult[] | undefined) =>
  (clock: VirtualClock): BreakerLike => {
    const breaker = new Breaker({ clock, failures: 1, openMs: OPEN_MS })
    return {
      get state() {
        return breaker.state
      },
      enter() {
        const permit = breaker.enter()
        if (!permit.ok) return permit
        return {
          ok: true,
          settle: given => {
            permit.settle(as(given))
          },
        }
      },
    }
  }

it.each<[string, (clock: VirtualClock) => BreakerLike]>([
  // What cockatiel does with a call that its user aborts.
  ['took a caller who left for a good answer', mistold(given => given ?? [QUOTE])],
  ['took a caller who left for a bad answer', mistold(given => given ?? [refusal('network', 'live')])],
  [
    'took not-found for a failure',
    mistold(given => given?.map(each => (each.ok ? each : refusal('network', 'live')))),
  ],
  ['tried one call', clock => new Breaker({ clock, failures: 1, openMs: OPEN_MS, trials: 1 })],
  ['tried four', clock => new Breaker({ clock, failures: 1, openMs: OPEN_MS, trials: 4 })],
])('would be caught if it %s', async (_, make) => {
  const run = await fc.check(triesThree(make), { numRuns: 2_000 })
  expect(run.failed).toBe(true)
})
