import { describe, expect, it } from 'vitest'
import { HostTurns, type TurnEnd } from '../../src/amqp/host-turns.ts'

/** Ends turns one after the other, each at the moment at which it may begin; tells who was asked when. */
function play(hosts: readonly string[], ends: Readonly<Record<string, TurnEnd>>, until: number) {
  const turns = new HostTurns(hosts, { min: 50, max: 500 }, () => 0.5)
  const asked: { readonly host: string; readonly at: number }[] = []
  for (let at = 0; at <= until;) {
    asked.push({ host: turns.url, at })
    at += turns.end(ends[turns.url] ?? 'failed', at)
  }
  return asked
}

describe('the turns of several hosts', () => {
  it('go to the next one at once, or nearly so', () => {
    const asked = play(['a', 'b', 'c'], {}, 60)
    expect(asked.slice(0, 3)).toEqual([
      { host: 'a', at: 0 },
      { host: 'b', at: 25 },
      { host: 'c', at: 50 },
    ])
  })

  it('leave each host the pauses that it would have alone', () => {
    const alone = play(['a'], {}, 5_000)
    const among = play(['a', 'b', 'c'], {}, 5_000)
    for (const host of ['a', 'b', 'c']) {
      const times = among.filter(each => each.host === host)
      expect(times.length).toBeGreaterThan(10)
      expect(times.length).toBeLessThanOrEqual(alone.length)
      const pauses = times.slice(1).map(({ at }, i) => at - (times[i]?.at ?? 0))
      expect(Math.min(...pauses)).toBeGreaterThanOrEqual(50)
    }
  })

  it('leave out one that only a person can help, for 5 s', () => {
    const asked = play(['wrong', 'down'], { wrong: 'hopeless' }, 12_000)
    expect(asked.filter(({ host }) => host === 'wrong').map(({ at }) => Math.floor(at / 5_000))).toEqual([
      0, 1, 2,
    ])
    expect(asked.filter(({ host }) => host === 'down').length).toBeGreaterThan(30)
  })

  it('come back to a host that was there as to one that never failed', () => {
    const turns = new HostTurns(['a'], { min: 50, max: 500 }, () => 1)
    const delays = (['failed', 'failed', 'failed', 'lost', 'failed'] as const).map(how => turns.end(how, 0))
    expect(delays).toEqual([100, 200, 400, 100, 100])
  })
})
