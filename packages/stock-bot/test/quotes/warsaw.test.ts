import { expect, it } from 'vitest'
import { warsawTime } from '../../src/quotes/warsaw.ts'

it.each([
  ['winter', '2026-01-28', '22:00:00', '2026-01-28T21:00:00.000Z'],
  ['summer', '2026-07-01', '22:00:00', '2026-07-01T20:00:00.000Z'],
  ['digits without separators', '20260128', '220000', '2026-01-28T21:00:00.000Z'],
  ['the last second before summer time', '2026-03-29', '01:59:59', '2026-03-29T00:59:59.000Z'],
  ['the first second of summer time', '2026-03-29', '03:00:00', '2026-03-29T01:00:00.000Z'],
  ['the hour that spring skips', '2026-03-29', '02:30:00', '2026-03-29T01:30:00.000Z'],
  ['the hour that autumn repeats: the first', '2026-10-25', '02:30:00', '2026-10-25T00:30:00.000Z'],
  ['after it', '2026-10-25', '03:00:00', '2026-10-25T02:00:00.000Z'],
  ['a leap day', '2028-02-29', '00:00:00', '2028-02-28T23:00:00.000Z'],
])('knows the offset of Warsaw: %s', (_, date, time, instant) => {
  expect(new Date(warsawTime(date, time) ?? NaN).toISOString()).toBe(instant)
})

it.each([
  ['N/D', 'N/D'],
  ['2026-02-30', '12:00:00'],
  ['2026-13-01', '12:00:00'],
  ['0026-01-01', '12:00:00'],
  ['2026-01-28', '24:00:00'],
  ['2026-01-28', ''],
  ['28.01.2026', '12:00:00'],
])('does not guess at %s %s', (date, time) => {
  expect(warsawTime(date, time)).toBeUndefined()
})
