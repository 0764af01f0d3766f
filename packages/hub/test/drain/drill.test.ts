/** The drain in short, and broken hubs that the drill has to find. `npm run drill:drain` is the long form. */
import type { MessageLog } from '@hubbub/hub'
import { expect, it } from 'vitest'
import { describeReport, drainDrill, faults } from './drill.ts'
import { spreadOf } from './spread.ts'

const short = { windowMs: 1_000, deadlineMs: 10_000, messagesPerSecond: 100, aroundMs: 200, sliceMs: 100 }

it('lets 100 clients go over a second, and none of them misses or doubles a message', async () => {
  const report = await drainDrill({ ...short, clients: 100 })
  console.log(describeReport(report))
  const { lost, doubled, misplaced, otherCloses, otherRefusals, troubles } = report
  expect({ lost, doubled, misplaced, otherCloses, otherRefusals, troubles }).toEqual({
    lost: 0,
    doubled: 0,
    misplaced: 0,
    otherCloses: [],
    otherRefusals: 0,
    troubles: [],
  })
  expect(report.slices.reduce((sum, count) => sum + count, 0)).toBe(100)
  // A fair tenth is 10. A machine that is busy may bunch some, but not most of them.
  expect(report.most).toBeLessThan(80)
  expect(report.acks).toBeGreaterThan(50)
})

it('finds a hub that closes everybody at once', async () => {
  const report = await drainDrill({ ...short, clients: 50, brokenWindowMs: 0 })
  expect(faults(report)).toContainEqual(expect.stringMatching(/^\d+ closes in 100 ms, the bar is 10$/))
})

/** Answers what comes while the hub stops, and never writes it. */
const forgetful = (log: MessageLog, stopping: () => boolean): MessageLog => {
  let dropped = 0
  return {
    ...log,
    async append(room, drafts) {
      if (!stopping()) return log.append(room, drafts)
      const [position] = await log.positions([room])
      return drafts.map(() => {
        dropped += 1
        return {
          epoch: position?.epoch ?? '',
          seq: (position?.seq ?? 0) + dropped,
          at: Date.now(),
          duplicate: false,
        }
      })
    },
  }
}

it('finds a hub that stops without writing what it has acknowledged', async () => {
  const report = await drainDrill({ ...short, clients: 20, brokenLog: forgetful, patienceMs: 1_000 })
  expect(report.lost).toBeGreaterThan(0)
  expect(faults(report)).toContainEqual(expect.stringMatching(/^\d+ lost$/))
})

it('counts the closes of every slice, and the most of any stretch as long', () => {
  expect(spreadOf([0, 80, 99, 100, 150, 350], 100)).toEqual({ slices: [3, 2, 0, 1], most: 4 })
  expect(spreadOf([], 100)).toEqual({ slices: [0], most: 0 })
})
