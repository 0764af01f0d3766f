/** Stooq stamps its prices with the wall clock of Warsaw and names no zone. */

const offsets = new Intl.DateTimeFormat('en', { timeZone: 'Europe/Warsaw', timeZoneName: 'longOffset' })

/**
 * Epoch milliseconds of a date (`2026-01-28` or `20260128`) and time (`22:00:00` or `220000`) in Warsaw;
 * undefined where they are not a date and a time. In the hour that autumn repeats, the first one is meant;
 * a time in the hour that spring skips counts on from before it.
 */
export function warsawTime(date: string, time: string): number | undefined {
  const day = /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(date)
  const hour = /^([01]\d|2[0-3]):?([0-5]\d):?([0-5]\d)$/.exec(time)
  if (!day || !hour) return undefined
  const [year, month, dayOfMonth] = day.slice(1).map(Number)
  const [hours, minutes, seconds] = hour.slice(1).map(Number)
  if (year === undefined || month === undefined || dayOfMonth === undefined) return undefined
  const utc = Date.UTC(year, month - 1, dayOfMonth, hours, minutes, seconds)
  // Date.UTC turns 30 February into 2 March, and the years 0–99 into 1900–1999.
  const made = new Date(utc)
  if (made.getUTCFullYear() !== year || made.getUTCMonth() !== month - 1) return undefined
  if (made.getUTCDate() !== dayOfMonth) return undefined
  // The offset a day before and after differ only around a change; the first that maps back is the answer.
  const before = offsetAt(utc - 86_400_000)
  const after = offsetAt(utc + 86_400_000)
  for (const offset of [before, after]) {
    if (offsetAt(utc - offset) === offset) return utc - offset
  }
  return utc - before
}

function offsetAt(instant: number): number {
  const name = offsets.formatToParts(instant).find(part => part.type === 'timeZoneName')?.value ?? ''
  const [, sign, hours, minutes] = /([+-])(\d{2}):(\d{2})/.exec(name) ?? []
  const size = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000
  return sign === '-' ? -size : size
}
