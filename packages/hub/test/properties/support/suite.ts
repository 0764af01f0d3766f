import { describe, expect, it } from 'vitest'
import type { Property } from './property.ts'
import { verify } from './verify.ts'

/** `npm run verify` has many more. */
const RUNS = 200

/** The short form of `npm run verify`, as tests. */
export function describeProperties(properties: readonly Property[]): void {
  describe.each(properties)('$name', property => {
    const { promise, twin } = property
    it(`${promise}; and a hub that ${twin.does} is caught`, { timeout: 60_000 }, async () => {
      const { failure, caughtAfter, seen } = await verify(property, { runs: RUNS })
      if (failure) throw failure
      expect(caughtAfter).toBeGreaterThan(0)
      expect([...seen].filter(([, orders]) => orders === 0)).toEqual([])
    })
  })
}
