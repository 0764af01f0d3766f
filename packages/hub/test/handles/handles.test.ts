/** After `close()` nothing is left that would keep a process alive: it ends by itself. */
import { expect, it } from 'vitest'
import { cases, twins } from './cases.ts'
import { runCase } from './run.ts'

/** Far more than a process takes to end, so that only one that does not is late. */
const DEADLINE_MS = 10_000
/** Starting a process takes its time on a machine that does much else. */
const TIMEOUT_MS = 60_000

it.concurrent.each(Object.keys(cases))(
  '%s',
  async name => {
    const { left, turns, ended, ms, stderr } = await runCase(name, DEADLINE_MS)
    const what = left.length === 0 ? 'nothing' : left.join(', ')
    console.log(`${name}: ${what} left after ${turns} turns, ended by itself after ${ms.toFixed(0)} ms`)
    expect({ left, ended, stderr }).toEqual({ left: [], ended: true, stderr: '' })
  },
  TIMEOUT_MS,
)

it.concurrent.each(Object.keys(twins))(
  'finds that %s',
  async name => {
    const { left, ended } = await runCase(name, 500)
    console.log(`${name}: ${left.join(', ')} left, did not end`)
    expect(left).not.toEqual([])
    expect(ended).toBe(false)
  },
  TIMEOUT_MS,
)
