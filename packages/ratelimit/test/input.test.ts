import { describe, expect, it } from 'vitest'
import { createLimiter } from '../src/index.ts'
import { manualClock } from '../src/testing/index.ts'

const good = { requestsPerSecond: 10, burst: 20 }
const bad = (options: Record<string, unknown>) => () => createLimiter({ ...good, ...options })

describe('options out of range are refused by name', () => {
  it.each([
    ['requestsPerSecond', [0, -1, Number.NaN, Infinity, 1e10]],
    ['burst', [0, -1, 0.5, Number.NaN, Infinity]],
    ['maxKeys', [0, 1.5, Infinity, 2 ** 24]],
    ['ttlMs', [0, -1, Infinity, Number.NaN]],
    ['sweepMs', [0, 2 ** 31, Number.NaN]],
    ['maxWaiting', [-1, 0.5]],
    ['name', ['', 'é', 'x'.repeat(65)]],
  ])('%s', (name, values) => {
    for (const value of values) expect(bad({ [name]: value })).toThrow(RangeError)
    for (const value of values) expect(bad({ [name]: value })).toThrow(name)
  })

  it.each([
    ['requestsPerSecond', '10'],
    ['burst', null],
    ['name', 5],
    ['onFull', 'ledger'],
    ['shadow', 1],
    ['clock', {}],
  ])('%s of a wrong type', (name, value) => {
    expect(bad({ [name]: value })).toThrow(TypeError)
    expect(bad({ [name]: value })).toThrow(name)
  })

  it('a bucket that would take a lifetime to refill', () => {
    expect(bad({ requestsPerSecond: 1e-9, burst: 1e6 })).toThrow(RangeError)
  })
})

describe('keys and costs', () => {
  const limiter = createLimiter({ ...good, clock: manualClock() })
  const verbs = ['allow', 'check', 'peek', 'refund'] as const

  it.each(verbs)('%s refuses an empty key, a key of 1 MB and what is no string', verb => {
    expect(() => limiter[verb]('')).toThrow(
      'key must be a string of 1 to 256 characters, got a string of length 0',
    )
    expect(() => limiter[verb]('x'.repeat(1_000_000))).toThrow(RangeError)
    expect(() => limiter[verb](undefined as unknown as string)).toThrow(TypeError)
    expect(() => limiter[verb](7 as unknown as string)).toThrow(TypeError)
  })

  it.each(verbs)('%s refuses a cost that is not a number from 0', verb => {
    for (const cost of [Number.NaN, -1, Infinity, -Infinity]) {
      expect(() => limiter[verb]('k', cost)).toThrow(RangeError)
      expect(() => limiter[verb]('k', cost)).toThrow('cost must be a number from 0')
    }
    expect(() => limiter[verb]('k', '5' as unknown as number)).toThrow(TypeError)
  })

  it('no bad call has left a trace', () => {
    expect(limiter.stats()).toMatchObject({ keys: 0, allowed: 0, denied: 0 })
  })

  it('takes a key of 256 characters', () => {
    expect(limiter.allow('x'.repeat(256))).toBe(true)
  })

  it('penalize and reset refuse what they cannot do', () => {
    expect(() => {
      limiter.penalize('k', { forMs: Number.NaN })
    }).toThrow('forMs')
    expect(() => {
      limiter.penalize('k', {} as { cost: number })
    }).toThrow(TypeError)
    expect(() => {
      limiter.penalize('k', { cost: -1 })
    }).toThrow('cost')
    expect(() => {
      limiter.reset('')
    }).toThrow(RangeError)
  })
})
