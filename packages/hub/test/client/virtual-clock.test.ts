import { VirtualClock } from '@hubbub/hub/testing'
import { describe, expect, it } from 'vitest'

describe('a virtual clock', () => {
  it('fires timers at their time, and equal ones in the order in which they were set', async () => {
    const clock = new VirtualClock(1_000)
    const log: string[] = []
    const note = (name: string) => () => log.push(`${name} at ${clock.monotonic()}`)
    clock.setTimer(note('c'), 20)
    clock.setTimer(note('a'), 10)
    clock.setTimer(note('b'), 10)
    clock.setTimer(note('late'), 21)
    await clock.advance(20)
    expect(log).toEqual(['a at 10', 'b at 10', 'c at 20'])
    expect(clock).toMatchObject({ pending: 1 })
    expect(clock.now()).toBe(1_020)
  })

  it('lets promises run between two timers, and fires what they set', async () => {
    const clock = new VirtualClock()
    const log: string[] = []
    const fired = Promise.withResolvers<void>()
    clock.setTimer(fired.resolve, 5)
    clock.setTimer(() => log.push('ten'), 10)
    const after = fired.promise.then(() => {
      log.push('then')
      clock.setTimer(() => log.push('seven'), 2)
    })
    await clock.advance(10)
    await after
    expect(log).toEqual(['then', 'seven', 'ten'])
  })

  it('forgets a timer that was cancelled', async () => {
    const clock = new VirtualClock()
    const log: string[] = []
    const cancel = clock.setTimer(() => log.push('fired'), 1)
    expect(clock.pending).toBe(1)
    cancel()
    cancel()
    await clock.advance(1)
    expect(log).toEqual([])
    expect(clock.pending).toBe(0)
  })

  it('never goes back, except by the wall clock', async () => {
    const clock = new VirtualClock()
    await expect(clock.advance(-1)).rejects.toThrow('advance: ms must be a number from 0, got -1')
    await clock.advance(50)
    clock.setWallClock(7)
    expect(clock.now()).toBe(7)
    expect(clock.monotonic()).toBe(50)
  })
})
