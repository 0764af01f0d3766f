import { systemClock } from '@hubbub/hub'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

const DAY_MS = 24 * 3_600_000

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

// The platform fires a timer of more than 24.8 days at once, with no more than a warning. A session's grace of 30
// days was over before the client could come back, and a client that was to wait 30 days asked again and again.
it('waits 60 days where that is asked', () => {
  const fired = vi.fn<() => void>()
  systemClock.setTimer(fired, 60 * DAY_MS)
  vi.advanceTimersByTime(60 * DAY_MS - 1)
  expect(fired).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(fired).toHaveBeenCalledOnce()
})

it.each([0, 26, 59])('forgets a timer of 60 days that is ended after %d', days => {
  const cancel = systemClock.setTimer(() => {
    throw new Error('it fired')
  }, 60 * DAY_MS)
  vi.advanceTimersByTime(days * DAY_MS)
  cancel()
  expect(vi.getTimerCount()).toBe(0)
})

it('never fires where that is asked', () => {
  const fired = vi.fn<() => void>()
  const cancel = systemClock.setTimer(fired, Infinity)
  vi.advanceTimersByTime(100 * DAY_MS)
  expect(fired).not.toHaveBeenCalled()
  cancel()
})
