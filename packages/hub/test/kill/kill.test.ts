import { expect, it } from 'vitest'
import { describeReport, drill, passed } from './drill.ts'
import { judge } from './verdict.ts'

it('has lost and doubled nothing after two kills under 200 messages a second', async () => {
  const report = await drill({ cycles: 2 })
  console.log(describeReport(report))
  expect(report).toMatchObject({ lost: 0, doubled: 0, misplaced: 0, unhandled: [], cycles: 2 })
  expect(passed(report)).toBe(true)
  expect(report.acks).toBeGreaterThan(50)
})

it('finds that a log in memory has lost what was acknowledged', async () => {
  const report = await drill({ cycles: 1, clients: 5, log: 'memory', deadlineMs: 2_000 })
  expect(report.lost).toBeGreaterThan(0)
  expect(passed(report)).toBe(false)
})

const ids = ['a', 'b', 'c']
const whole = ids.map((id, i) => ({ id, seq: i + 1 }))
const acks = new Map(whole.map(({ id, seq }) => [id, seq]))

it('finds what was lost, doubled, or out of place', () => {
  const verdict = (...seen: Parameters<typeof judge>[0]['seen'][number][number][]) =>
    judge({ acks, seen: [whole, seen], logged: ids })
  const [a, b, c] = whole as [
    { id: string; seq: number },
    { id: string; seq: number },
    { id: string; seq: number },
  ]
  expect(verdict(a, b, c)).toEqual({ lost: 0, doubled: 0, misplaced: 0 })
  expect(verdict(a, b)).toMatchObject({ lost: 1 })
  expect(verdict(a, c)).toMatchObject({ lost: 1, misplaced: 1 })
  expect(verdict(a, b, b, c)).toMatchObject({ doubled: 1 })
  expect(verdict(a, b, c, { id: 'a', seq: 4 })).toMatchObject({ lost: 1, doubled: 1 })
  expect(verdict(b, a, c)).toMatchObject({ misplaced: 1, doubled: 1 })
  expect(verdict(a, { gap: 'reset' }, b, c)).toMatchObject({ misplaced: 1 })
  expect(verdict(a, b, { id: 'x', seq: 3 })).toMatchObject({ lost: 1, misplaced: 1 })
})
