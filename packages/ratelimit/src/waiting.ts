import type { Cancel, LimiterClock } from './clock.ts'
import { MAX_TIMER_MS } from './input.ts'

/** One claim on tokens of the future. */
export interface Turn {
  readonly price: number
  /** The moment, in units, at which the tokens are there. */
  dueAt: number
  /** Called once, when it is due (true) or when the limiter stops before that (false). */
  readonly settle: (due: boolean) => void
  /** Whether a promise hangs on it: then its timer keeps the process alive. */
  readonly awaited: boolean
}

interface Line {
  readonly turns: Turn[]
  /** What the turns cost together: the part of the key's debt that is not spent yet. */
  pending: number
  /** How many of the turns have a promise behind them. */
  awaited: number
  timer: { readonly dueAt: number; readonly background: boolean; readonly cancel: Cancel } | undefined
}

/**
 * The claims on each key, first come first served, with one timer a key.
 *
 * The tokens of a claim are part of the key's debt from the start, so nothing can overtake it; a claim that is
 * given up takes its price off the debt and off the time of every claim behind it.
 */
export class WaitingLines {
  readonly #lines = new Map<string, Line>()
  readonly #clock: LimiterClock
  readonly #now: () => number
  readonly #perMillisecond: number
  #size = 0

  constructor(clock: LimiterClock, now: () => number, perMillisecond: number) {
    this.#clock = clock
    this.#now = now
    this.#perMillisecond = perMillisecond
  }

  /** Claims pending over all keys. */
  get size(): number {
    return this.#size
  }

  has(key: string): boolean {
    return this.#size > 0 && this.#lines.has(key)
  }

  /** Units that the pending claims on `key` cost together. */
  pending(key: string): number {
    return this.#size > 0 ? (this.#lines.get(key)?.pending ?? 0) : 0
  }

  join(key: string, turn: Turn): void {
    let line = this.#lines.get(key)
    if (!line) this.#lines.set(key, (line = { turns: [], pending: 0, awaited: 0, timer: undefined }))
    line.turns.push(turn)
    this.#count(line, turn, 1)
    this.#arm(key, line)
  }

  /** Takes a claim out and moves up those behind it; false when it was due already. */
  leave(key: string, turn: Turn): boolean {
    const line = this.#lines.get(key)
    const place = line?.turns.indexOf(turn) ?? -1
    if (!line || place < 0) return false
    line.turns.splice(place, 1)
    this.#count(line, turn, -1)
    this.#moveUp(line, turn.price, place)
    this.#arm(key, line)
    return true
  }

  /** The key's debt has shrunk by `units`: every claim on it is due that much earlier. */
  advance(key: string, units: number): void {
    const line = this.#lines.get(key)
    if (!line) return
    this.#moveUp(line, units, 0)
    this.#arm(key, line)
  }

  /** Every moment is `shift` units less from now on. */
  rebase(shift: number): void {
    for (const line of this.#lines.values()) this.#moveUp(line, shift, 0)
  }

  /** Takes out every claim, in order, and ends the timers. */
  clear(): { key: string; turn: Turn }[] {
    const left: { key: string; turn: Turn }[] = []
    for (const [key, line] of this.#lines) {
      line.timer?.cancel()
      for (const turn of line.turns) left.push({ key, turn })
    }
    this.#lines.clear()
    this.#size = 0
    return left
  }

  #moveUp(line: Line, units: number, from: number): void {
    for (const turn of line.turns.slice(from)) turn.dueAt -= units
  }

  #count(line: Line, { price, awaited }: Turn, sign: 1 | -1): void {
    line.pending += sign * price
    if (awaited) line.awaited += sign
    this.#size += sign
  }

  /** Sets the timer for the first of the line, unless it is set for that already: a long line costs no timers. */
  #arm(key: string, line: Line): void {
    const dueAt = line.turns[0]?.dueAt
    const background = line.awaited === 0
    if (line.timer?.dueAt === dueAt && line.timer?.background === background) return
    line.timer?.cancel()
    line.timer = undefined
    if (dueAt === undefined) {
      this.#lines.delete(key)
      return
    }
    const ms = Math.max(0, Math.ceil((dueAt - this.#now()) / this.#perMillisecond))
    const fire = (): void => {
      line.timer = undefined
      this.#serve(key, line)
    }
    const cancel = this.#clock.setTimer(fire, Math.min(ms, MAX_TIMER_MS), background)
    line.timer = { dueAt, background, cancel }
  }

  #serve(key: string, line: Line): void {
    const now = this.#now()
    const due = line.turns.findIndex(turn => turn.dueAt > now)
    const served = line.turns.splice(0, due < 0 ? line.turns.length : due)
    for (const turn of served) this.#count(line, turn, -1)
    this.#arm(key, line)
    for (const turn of served) turn.settle(true)
  }
}
