import { EntryTable } from './capacity.ts'
import { keyError, MAX_KEY_LENGTH } from './input.ts'
import type { Settings } from './options.ts'
import { priceOf } from './price.ts'
import { MAX_UNITS, type Rate } from './rate.ts'
import { Timeline } from './timeline.ts'
import { type Turn, WaitingLines } from './waiting.ts'

/** What every key owes, now and to those that wait: the state of one limiter, without any policy. */
export class Ledger {
  readonly rate: Rate
  readonly timeline: Timeline
  readonly table: EntryTable
  readonly lines: WaitingLines

  constructor({ rate, clock, maxKeys, onFull }: Settings) {
    this.rate = rate
    this.timeline = new Timeline(clock, rate.perMicrosecond, rate.refillMs, shift => {
      this.table.rebase(shift)
      this.lines.rebase(shift)
    })
    this.lines = new WaitingLines(clock, () => this.timeline.now(), rate.perMillisecond)
    this.table = new EntryTable(maxKeys, rate.perToken, onFull, key => this.lines.has(key))
  }

  /** Units that `cost` tokens are worth. */
  price(cost: number): number {
    return priceOf(this.rate, cost)
  }

  /** Units that `key` owes at `now`. */
  debt(key: string, now: number): number {
    if (!isKey(key)) throw keyError(key)
    const fullAt = this.table.peek(key)?.fullAt ?? this.table.recall(key)
    return fullAt > now ? fullAt - now : 0
  }

  /** Makes `key` owe `debt` units; false when there is no room for a new key. */
  owe(key: string, debt: number, now: number): boolean {
    const fullAt = now + Math.min(debt, MAX_UNITS)
    const entry = this.table.get(key)
    if (entry === undefined) return this.table.add(key, fullAt, now, this.table.recall(key) > 0)
    entry.fullAt = fullAt
    return true
  }

  /** Takes `units` off what `key` owes, down to what its pending claims cost, and moves these up. */
  credit(key: string, units: number, now: number): void {
    const entry = this.table.peek(key)
    if (entry === undefined) {
      const fullAt = this.table.recall(key)
      if (fullAt > now) this.table.remember(key, fullAt - units)
      return
    }
    const fullAt = Math.max(entry.fullAt - units, now + this.lines.pending(key))
    const earlier = entry.fullAt - fullAt
    if (earlier <= 0) return
    entry.fullAt = fullAt
    this.lines.advance(key, earlier)
  }

  /** Gives back what a claim on `key` has taken: those behind it move up where it is pending, all where it was due. */
  giveUp(key: string, turn: Turn): void {
    const now = this.timeline.now()
    if (!this.lines.leave(key, turn)) {
      this.credit(key, turn.price, now)
      return
    }
    const entry = this.table.peek(key)
    if (entry !== undefined) entry.fullAt -= turn.price
  }
}

/** Whether `key` is what the limiter accepts as one. */
export function isKey(key: unknown): key is string {
  return typeof key === 'string' && key.length > 0 && key.length <= MAX_KEY_LENGTH
}
