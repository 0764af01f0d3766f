import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Backoff, DEFAULT_BACKOFF } from '../../src/client/backoff.ts'
import { start } from './support/start.ts'

/** All that `Math.random` can give. */
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe('backoff', () => {
  it('is a chance between 0 and twice as much each time, up to 15 s', () => {
    fc.assert(
      fc.property(fc.array(chance, { minLength: 1, maxLength: 40 }), chances => {
        const draws = chances.values()
        const backoff = new Backoff(DEFAULT_BACKOFF, () => draws.next().value ?? 0)
        for (const [n, drawn] of chances.entries()) {
          const wait = backoff.next()
          expect(wait).toBe(drawn * Math.min(15_000, 250 * 2 ** n))
          expect(wait).toBeGreaterThanOrEqual(0)
          expect(wait).toBeLessThan(15_000)
        }
      }),
    )
  })

  it('uses the whole of its range, and does not grow past it in a night without network', () => {
    const [low, high] = [0, 1 - Number.EPSILON].map(each => new Backoff(DEFAULT_BACKOFF, () => each))
    for (let n = 0; n < 5_000; n += 1) {
      expect(low?.next()).toBe(0)
      expect(high?.next()).toBeGreaterThan(Math.min(15_000, 250 * 2 ** n) * 0.999)
    }
    high?.reset()
    expect(high?.next()).toBeLessThan(250)
  })
})

describe('behind a flood', () => {
  it.each([0, 0.5, 1 - Number.EPSILON])('the wait is 30 s and a chance of %d of the usual', async drawn => {
    const { client, server, clock } = await start({ random: () => drawn })
    // Announced as a drain or not, and before a welcome as well as behind one.
    server.socket.onopen?.()
    server.socket.say({ type: 'drain', reconnectAfterMs: 0 }).end(4429)
    for (const cap of [250, 500, 1_000]) {
      const wait = client.state.status === 'waiting' ? client.state.retryInMs : 0
      expect(wait).toBeCloseTo(30_000 + drawn * cap, 6)
      const attempts = server.sockets.length
      await clock.advance(29_999)
      expect(server.sockets).toHaveLength(attempts)
      await clock.advance(wait - 29_999)
      server.socket.welcome().end(4429)
    }
  })
})
