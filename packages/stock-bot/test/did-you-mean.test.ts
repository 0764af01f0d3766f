import { describe, expect, it } from 'vitest'
import { didYouMean } from '../src/did-you-mean.ts'

const names = ['stock', 'roll', 'weather', 'help', 'quote', 'q', 'w', 'stop']

describe('did you mean', () => {
  it.each([
    ['stok', 'stock'],
    ['stcok', 'stock'],
    ['stockk', 'stock'],
    ['atock', 'stock'],
    ['rol', 'roll'],
    ['rolll', 'roll'],
    ['wether', 'weather'],
    ['waether', 'weather'],
    ['weathers-of', undefined],
    ['hlep', 'help'],
    ['quoet', 'quote'],
    ['wea', 'weather'],
    ['x', undefined],
    ['xy', undefined],
    ['nosuch', undefined],
    ['', undefined],
    ['zzzz', undefined],
    ['s'.repeat(4_000), undefined],
  ])('%s: %s', (typed, meant) => {
    expect(didYouMean(typed, names)).toBe(meant)
  })

  it('takes the nearest, and of equal ones the first', () => {
    expect(didYouMean('stoc', ['stop', 'stock'])).toBe('stop')
    expect(didYouMean('stoc', ['stock', 'stop'])).toBe('stock')
    expect(didYouMean('quotes', ['quota', 'quotas'])).toBe('quotas')
  })

  it('takes no name that is longer than any command', () => {
    expect(didYouMean('stock', ['stock'.repeat(10)])).toBeUndefined()
  })
})
