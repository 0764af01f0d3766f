import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPrice, roundHalfUp } from '../../src/quotes/decimal.ts'

describe('rounding', () => {
  it.each([
    ['93.42', '93.42'],
    ['93.4', '93.40'],
    ['93', '93.00'],
    ['93.415', '93.42'],
    ['93.414999', '93.41'],
    ['1.005', '1.01'],
    ['0.005', '0.01'],
    ['0.0049', '0.00'],
    ['9.995', '10.00'],
    ['999.999', '1000.00'],
    ['007.10', '7.10'],
    ['9007199254740993.005', '9007199254740993.01'],
  ])('makes %s to %s', (decimal, rounded) => {
    expect(roundHalfUp(decimal, 2)).toBe(rounded)
  })

  it('can round to a whole number', () => {
    expect(roundHalfUp('99.5', 0)).toBe('100')
  })

  it.each(['', '.5', '5.', '-1', '+1', '1e9', 'NaN', '1,5', ' 1', '1.2.3'])('refuses %j', text => {
    expect(() => roundHalfUp(text, 2)).toThrow(RangeError)
  })

  const decimals = fc
    .tuple(fc.bigInt({ min: 0n, max: 10n ** 15n }), fc.stringMatching(/^\d{1,15}$/))
    .map(([whole, fraction]) => `${whole}.${fraction}`)
  // Ties are where a float goes wrong, and a random fraction seldom is one.
  const ties = fc
    .tuple(fc.nat(100_000), fc.integer({ min: 0, max: 99 }))
    .map(([whole, cents]) => `${whole}.${String(cents).padStart(2, '0')}5`)

  const agreesWithIntegers = (round: (decimal: string) => string) =>
    fc.property(fc.oneof(decimals, ties), decimal => {
      const [whole = '', fraction = ''] = decimal.split('.')
      const scaled = BigInt(whole + fraction.padEnd(15, '0'))
      const cents = (scaled + 5n * 10n ** 12n) / 10n ** 13n
      return round(decimal) === `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`
    })

  it('agrees with integer arithmetic on every price', () => {
    fc.assert(
      agreesWithIntegers(decimal => roundHalfUp(decimal, 2)),
      { numRuns: 2_000 },
    )
  })

  it('would be caught if it went through a float', () => {
    const run = fc.check(
      agreesWithIntegers(decimal => Number(decimal).toFixed(2)),
      { numRuns: 2_000 },
    )
    expect(run.failed).toBe(true)
  })
})

it.each(['93.42', '1', '0.0001', '999999999999999.999999999999999'])('%s is a price', text => {
  expect(isPrice(text)).toBe(true)
})

it.each(['', '0', '0.00', '-1', '1e9', 'NaN', 'Infinity', '1.', '.1', '1,5', ' 1', '1'.repeat(16), '٣'])(
  '%j is no price',
  text => {
    expect(isPrice(text)).toBe(false)
  },
)
