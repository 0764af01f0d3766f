/**
 * A circuit breaker for one quote source: asks no more of a source that has just said no.
 *
 * Our own, for that of cockatiel 4 does not fit: it reads `Date.now`, so that it cannot run on a virtual clock, and
 * a wall clock that is set shuts it for hours; callers beyond the trials of a half-open breaker wait for them, deaf
 * to their own signals, where a chain wants to go on to the next source at once; and a call that its user aborts
 * counts as a success, which would close a breaker before a source that is still down.
 */
import { machineClock, type QuoteClock } from './clock.ts'
import type { QuoteRefusal, QuoteResult } from './source.ts'

/** When a breaker opens, for how long, and what closes it. */
export interface BreakerOptions {
  /** Failed calls in a row that open it: 1 or more. @default 3 */
  readonly failures?: number
  /**
   * Milliseconds that it stays open at first; doubled each time a trial fails, up to 5 minutes. Where the source
   * has asked for more (`retryAfterMs`), that holds. @default 30_000
   */
  readonly openMs?: number
  /**
   * Milliseconds that it stays open after `blocked`, `gone`, `auth` or `rate-limited`, which open it at once:
   * asking again soon would be pointless or rude. Where the source says when (`retryAfterMs`), that holds.
   * @default 900_000
   */
  readonly refusedMs?: number
  /** Calls on trial, at the same time or one after the other, that must all be good to close it. @default 3 */
  readonly trials?: number
  readonly clock?: Pick<QuoteClock, 'monotonic'>
}

/** `open` lets nothing through, `half-open` as many calls as there are trials. */
export type BreakerState = 'closed' | 'open' | 'half-open'

/** A call that was let through. It must be settled once; more does nothing. */
export interface Permit {
  readonly ok: true
  /**
   * What came back; `undefined` where the caller gave up, which says nothing about the source: on trial, the
   * next caller has that place.
   */
  settle(results: readonly QuoteResult[] | undefined): void
}

const LONGEST_DOUBLING = 300_000
const AT_ONCE: ReadonlySet<string> = new Set(['blocked', 'gone', 'auth', 'rate-limited'])

/**
 * Counts failed calls in a row. `not-found` is an answer, not a failure. Half-open it lets through three calls
 * and no more, closes when all three were good, and opens again with the first that is not: one good answer of
 * a source that answers every other time is no recovery. Everybody else is refused at once, and never waits.
 */
export class Breaker {
  readonly #failures: number
  readonly #openMs: number
  readonly #refusedMs: number
  readonly #trials: number
  readonly #clock: Pick<QuoteClock, 'monotonic'>
  #inARow = 0
  #openings = 0
  #opened: { readonly until: number; readonly because: QuoteRefusal } | undefined
  #onTrial = 0
  #passed = 0
  // Calls that went out before the last change of state say nothing about the state now.
  #era = 0

  /** @throws RangeError where an option is out of its range. */
  constructor(options: BreakerOptions = {}) {
    this.#failures = positive('failures', options.failures ?? 3)
    this.#openMs = positive('openMs', options.openMs ?? 30_000)
    this.#refusedMs = positive('refusedMs', options.refusedMs ?? 900_000)
    this.#trials = positive('trials', options.trials ?? 3)
    this.#clock = options.clock ?? machineClock
  }

  get state(): BreakerState {
    if (!this.#opened) return 'closed'
    return this.#clock.monotonic() < this.#opened.until ? 'open' : 'half-open'
  }

  /** Why it is not closed, and in how many milliseconds a trial may go out. */
  get reason(): QuoteRefusal | undefined {
    if (!this.#opened) return undefined
    const { because, until } = this.#opened
    const retryAfterMs = Math.max(0, Math.ceil(until - this.#clock.monotonic()))
    return { ...because, detail: `not asked after: ${because.detail}`, retryAfterMs }
  }

  /** Leave for one call, or the refusal that closed the way. */
  enter(): Permit | QuoteRefusal {
    const refusal = this.reason
    if (refusal) {
      // Those who have passed keep their places: three calls go out in all, not three at a time.
      if (this.state === 'open' || this.#onTrial + this.#passed >= this.#trials) return refusal
      this.#onTrial += 1
    }
    const era = this.#era
    let settled = false
    return {
      ok: true,
      settle: results => {
        if (settled || era !== this.#era) return
        settled = true
        if (this.#opened) this.#onTrial -= 1
        this.#settle(results?.filter(result => result.ok || !result.unasked) ?? [])
      },
    }
  }

  #settle(results: readonly QuoteResult[]): void {
    if (results.length === 0) return
    const failures = results.filter(result => !result.ok).filter(({ kind }) => kind !== 'not-found')
    const [failure] = failures
    const hard = failures.find(({ kind }) => AT_ONCE.has(kind))
    if (hard) {
      this.#open(hard.retryAfterMs ?? this.#refusedMs, hard)
    } else if (!failure || failures.length < results.length) {
      this.#inARow = 0
      if (this.#opened) this.#pass()
    } else {
      this.#inARow += 1
      if (!this.#opened && this.#inARow < this.#failures) return
      const ms = Math.min(this.#openMs * 2 ** this.#openings, LONGEST_DOUBLING)
      this.#open(Math.max(ms, failure.retryAfterMs ?? 0), failure)
      this.#openings += 1
    }
  }

  #pass(): void {
    this.#passed += 1
    if (this.#passed < this.#trials) return
    this.#era += 1
    this.#openings = 0
    this.#opened = undefined
  }

  #open(ms: number, because: QuoteRefusal): void {
    this.#era += 1
    this.#inARow = 0
    this.#onTrial = 0
    this.#passed = 0
    this.#opened = { until: this.#clock.monotonic() + ms, because }
  }
}

function positive(option: string, value: number): number {
  if (value >= 1 && Number.isFinite(value)) return value
  throw new RangeError(`${option} must be a number from 1 up, and is ${value}`)
}
