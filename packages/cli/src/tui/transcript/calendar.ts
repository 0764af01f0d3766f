/** Times and days as the user reads them. Formatting a date costs more than drawing it, so days are remembered. */

const QUARTER_HOUR_MS = 15 * 60_000
/** Days that are remembered: a hundred days of chat, in quarters of an hour. */
const MAX_REMEMBERED = 10_000

/** One time zone's clock and calendar. */
export class Calendar {
  readonly #time: Intl.DateTimeFormat
  readonly #day: Intl.DateTimeFormat
  /** By quarter of an hour: no time zone changes its day within one. */
  readonly #days = new Map<number, string>()

  /** @param timeZone an IANA name; the machine's where absent */
  constructor(timeZone?: string) {
    this.#time = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' })
    this.#day = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      year: 'numeric',
    })
  }

  /** `12:31`; `at` in epoch milliseconds. */
  time(at: number): string {
    return this.#time.format(at)
  }

  /** `Mon 23 Nov 2026`. */
  day(at: number): string {
    const quarter = Math.floor(at / QUARTER_HOUR_MS)
    const known = this.#days.get(quarter)
    if (known !== undefined) return known
    const day = this.#day.format(at).replace(',', '')
    if (this.#days.size >= MAX_REMEMBERED) this.#days.clear()
    this.#days.set(quarter, day)
    return day
  }
}
