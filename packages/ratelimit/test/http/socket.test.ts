import { describe, expect, it } from 'vitest'
import { createSocketLimiter, type SocketLimiterOptions } from '../../src/http/index.ts'
import { manualClock } from '../../src/testing/index.ts'

const make = (options: Partial<SocketLimiterOptions> = {}) => {
  const clock = manualClock()
  const limitSocket = createSocketLimiter({
    messages: { requestsPerSecond: 10, burst: 2 },
    clock,
    closeAfter: 4,
    ...options,
  })
  return { clock, limitSocket, limit: limitSocket() }
}
const times = <Result>(count: number, act: () => Result) => Array.from({ length: count }, act)

describe('the limit of a socket', () => {
  it('accepts, warns once, drops, and closes after so many in a row', () => {
    const { limit } = make()
    expect(times(6, () => limit.take())).toEqual(['accept', 'accept', 'warn', 'drop', 'drop', 'close'])
    expect([limit.closeCode, limit.refusedInARow]).toEqual([1008, 4])
  })

  it('starts the row anew with every message that it accepts', () => {
    const { clock, limit } = make()
    times(4, () => limit.take())
    clock.advance(100)
    expect(times(4, () => limit.take())).toEqual(['accept', 'warn', 'drop', 'drop'])
  })

  it('counts each socket for itself', () => {
    const { limit, limitSocket } = make()
    times(3, () => limit.take())
    expect(limitSocket().take()).toBe('accept')
  })

  it('limits bytes too, all or nothing', () => {
    const { clock, limit } = make({ bytes: { requestsPerSecond: 1_000, burst: 1_000 } })
    expect([limit.take(900), limit.take(200), limit.take(100), limit.take(0)]).toEqual([
      'accept',
      'warn',
      'accept',
      'warn',
    ])
    clock.advance(100)
    expect(limit.take(100)).toBe('accept')
    clock.advance(60_000)
    expect(limit.take(1_001)).toBe('warn')
  })

  it('closes with the code that it is given, or never', () => {
    expect(make({ closeCode: 4429 }).limit.closeCode).toBe(4429)
    const { limit } = make({ closeAfter: Infinity })
    expect(new Set(times(10_000, () => limit.take()))).toEqual(new Set(['accept', 'warn', 'drop']))
  })

  it('goes on when its numbers start anew', () => {
    const { clock, limit } = make({ messages: { requestsPerSecond: 999_983, burst: 3 } })
    const accepted = times(100, () => {
      clock.set(clock.time + 600_000)
      return times(4, () => limit.take())
    })
    expect(accepted.every(each => each.join() === 'accept,accept,accept,warn')).toBe(true)
  })

  it('refuses bad options by name', () => {
    expect(() => make({ closeAfter: 0 })).toThrow('closeAfter must be')
    expect(() => make({ closeCode: 5 })).toThrow('closeCode must be')
    expect(() => make({ messages: { requestsPerSecond: -1, burst: 1 } })).toThrow('requestsPerSecond must be')
  })
})
