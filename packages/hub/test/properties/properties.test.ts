/** The short form of `npm run verify`: the hub's race detector. */
import { describe, expect, it } from 'vitest'
import { properties } from './index.ts'
import { verify } from './support/verify.ts'

/** `npm run verify` has many more. */
const RUNS = 200

describe.each(properties)('$name', ({ promise, twin, ...rest }) => {
  it(`${promise}; and a hub that ${twin.does} is caught`, { timeout: 60_000 }, async () => {
    const { failure, caughtAfter, seen } = await verify({ promise, twin, ...rest }, { runs: RUNS })
    if (failure) throw failure
    expect(caughtAfter).toBeGreaterThan(0)
    expect([...seen].filter(([, orders]) => orders === 0)).toEqual([])
  })
})
