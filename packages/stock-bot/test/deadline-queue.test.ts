import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { type Deadline, DeadlineQueue } from '../src/deadline-queue.ts'
import { VirtualClock } from './support/virtual-clock.ts'

/** A queue that writes into the log what fires, and when. */
function queueWith() {
  const clock = new VirtualClock()
  const start = clock.now()
  const queue = new DeadlineQueue(clock)
  const log: string[] = []
  const add = (name: string, ms: number): Deadline =>
    queue.add(clock.now() + ms, () => log.push(`${name} at ${clock.now() - start}`))
  return { clock, queue, log, add }
}

describe('a deadline queue', () => {
  it('fires each at its time, and equal ones in the order in which they came', async () => {
    const { clock, log, add } = queueWith()
    add('c', 3_000)
    add('a', 1_000)
    add('b', 1_000)
    add('now', 0)
    expect(log).toEqual([])
    await clock.advance(3_000)
    expect(log).toEqual(['now at 0', 'a at 1000', 'b at 1000', 'c at 3000'])
    expect(clock.pending).toBe(0)
  })

  it('has one timer, however many wait, and none for nobody', async () => {
    const { clock, queue, add } = queueWith()
    const setTimer = vi.spyOn(clock, 'setTimer')
    const all = Array.from({ length: 1_000 }, (_, index) => add(String(index), 30_000 + index))
    expect([clock.pending, queue.size, setTimer.mock.calls.length]).toEqual([1, 1_000, 1])
    for (const deadline of all) deadline.cancel()
    for (const deadline of all) deadline.cancel()
    expect([clock.pending, queue.size]).toEqual([0, 0])
    add('again', 10)
    queue.clear()
    expect([clock.pending, queue.size]).toEqual([0, 0])
    await clock.advance(60_000)
  })

  it('may be added to and taken from while it fires', async () => {
    const { clock, queue, log, add } = queueWith()
    const victim = add('victim', 2_000)
    queue.add(clock.now() + 1_000, () => {
      victim.cancel()
      add('child', 500)
    })
    await clock.advance(5_000)
    expect(log).toEqual(['child at 1500'])
    expect(clock.pending).toBe(0)
  })

  it('fires the others when one throws, which is a mistake', async () => {
    const { clock, queue, log, add } = queueWith()
    queue.add(clock.now() + 10, () => {
      throw new Error('a mistake')
    })
    add('other', 10)
    await expect(clock.advance(10)).rejects.toThrow('a mistake')
    await clock.advance(0)
    expect(log).toEqual(['other at 10'])
  })

  it('waits as long as it was to, however the wall clock is set meanwhile', async () => {
    const { clock, queue, log } = queueWith()
    const began = clock.monotonic()
    const add = (name: string, ms: number): void => {
      queue.add(clock.now() + ms, () => log.push(`${name} after ${clock.monotonic() - began}`))
    }
    add('a', 29_000)
    clock.setWallClock(clock.now() + 3_600_000)
    add('b', 5_000)
    await clock.advance(1_000)
    clock.setWallClock(clock.now() - 7_200_000)
    add('c', 5_000)
    for (let step = 0; step < 20; step += 1) {
      clock.setWallClock(clock.now() + (step % 2 === 0 ? 200 : -200))
      await clock.advance(100)
    }
    await clock.advance(60_000)
    expect(log).toEqual(['b after 5000', 'c after 6000', 'a after 29000'])
    expect(clock.pending).toBe(0)
  })

  it('waits longer than a timer can', async () => {
    const { clock, log, add } = queueWith()
    const setTimer = vi.spyOn(clock, 'setTimer')
    add('far', 2 ** 31 + 10)
    await clock.advance(2 ** 31 + 9)
    expect(log).toEqual([])
    await clock.advance(1)
    expect(log).toHaveLength(1)
    expect(Math.max(...setTimer.mock.calls.map(([, ms]) => ms))).toBeLessThan(2 ** 31)
  })

  const acts = fc.array(
    fc.oneof(
      fc.record({ does: fc.constant('add' as const), ms: fc.integer({ min: 0, max: 5_000 }) }),
      fc.record({ does: fc.constant('cancel' as const), index: fc.nat({ max: 40 }) }),
      fc.record({ does: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 2_000 }) }),
    ),
    { maxLength: 60 },
  )
  type Make = () => { clock: VirtualClock; add: (at: number, fire: () => void) => Deadline }

  /** What fires is what was not cancelled, in order of deadline and then of coming, each at its time. */
  const sameAsSorted = (make: Make) =>
    fc.asyncProperty(acts, async story => {
      const { clock, add } = make()
      const fired: number[] = []
      const all: { at: number; deadline: Deadline; cancelled: boolean }[] = []
      for (const act of story)
        if (act.does === 'wait') await clock.advance(act.ms)
        else if (act.does === 'add') {
          const index = all.length
          const at = clock.now() + act.ms
          const deadline = add(at, () => {
            expect(clock.now()).toBe(at)
            fired.push(index)
          })
          all.push({ at, deadline, cancelled: false })
        } else {
          const one = all[act.index]
          if (one && !fired.includes(act.index)) one.cancelled = true
          one?.deadline.cancel()
        }
      await clock.advance(10_000)
      const expected = all
        .map(({ at, cancelled }, index) => ({ at, cancelled, index }))
        .filter(({ cancelled }) => !cancelled)
        .toSorted((a, b) => a.at - b.at || a.index - b.index)
      expect(fired).toEqual(expected.map(({ index }) => index))
      expect(clock.pending).toBe(0)
    })

  it('fires what a sorted list would, whatever is added and cancelled in between', async () => {
    await fc.assert(
      sameAsSorted(() => {
        const clock = new VirtualClock()
        const queue = new DeadlineQueue(clock)
        return { clock, add: (at, fire) => queue.add(at, fire) }
      }),
      { numRuns: 300 },
    )
  })

  it('would not if it set its timer for the first that came', async () => {
    const lazy: Make = () => {
      const clock = new VirtualClock()
      const queue = new DeadlineQueue({
        now: () => clock.now(),
        monotonic: () => clock.monotonic(),
        setTimer: (fire, ms) => clock.setTimer(fire, Math.max(ms, 100)),
      })
      return { clock, add: (at, fire) => queue.add(at, fire) }
    }
    await expect(fc.assert(sameAsSorted(lazy), { numRuns: 300 })).rejects.toThrow('Property failed')
  })
})
