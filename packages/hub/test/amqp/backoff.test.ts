import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Backoff, reconnectDelay } from '../../src/amqp/backoff.ts'

type Delay = typeof reconnectDelay

/** Every delay lies between the bounds, whatever the attempt and the chance. */
function holds(delay: Delay): boolean {
  const property = fc.property(
    fc.integer({ min: 50, max: 10_000 }),
    fc.integer({ min: 0, max: 100_000 }),
    fc.nat(10_000),
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    (min, more, attempt, chance) => {
      const backoff: Backoff = { min, max: min + more }
      const ms = delay(backoff, attempt, () => chance)
      return ms >= backoff.min && ms <= backoff.max
    },
  )
  return !fc.check(property).failed
}

describe('the delay before a reconnect', () => {
  it('never leaves its bounds', () => {
    expect(holds(reconnectDelay)).toBe(true)
  })

  it('is checked by a property that sees a delay without its bound', () => {
    expect(holds(({ min }, attempt, random) => min + random() * min * 2 ** Math.min(attempt, 30))).toBe(false)
  })

  it('grows with the attempts, to the longest', () => {
    const longest = (attempt: number) => reconnectDelay({ min: 50, max: 800 }, attempt, () => 0.999_999)
    expect([0, 1, 2, 3, 4, 5].map(longest)).toEqual([100, 200, 400, 800, 800, 800])
  })
})
