import { type Reservation, type ReserveOptions, StoppedError, type WaitOptions } from './contract.ts'
import type { Counters } from './counters.ts'
import { checkNumber, MAX_TIMER_MS } from './input.ts'
import type { Ledger } from './ledger.ts'
import type { Settings } from './options.ts'
import { type Reason, type Verdict, verdictOf } from './verdict.ts'
import type { Turn } from './waiting.ts'

/** A wait that names neither a deadline nor a signal must end too. */
const DEFAULT_DEADLINE_MS = 30_000

/** Tokens that were asked for: held from `dueAt` on where `verdict.ok`. */
interface Claim {
  readonly verdict: Verdict
  readonly price: number
  readonly dueAt: number
  /** Whether they have to be waited for. */
  readonly later: boolean
}

/** Waits and reservations: tokens of the future, taken from the ledger at once and given back when not wanted. */
export class Claims {
  readonly #settings: Settings
  readonly #ledger: Ledger
  readonly #counters: Counters
  #stopped = false

  constructor(settings: Settings, ledger: Ledger, counters: Counters) {
    this.#settings = settings
    this.#ledger = ledger
    this.#counters = counters
  }

  /** See `Limiter.wait`. Asynchronous for its errors only: the claim is made before it returns. */
  async wait(key: string, options: WaitOptions = {}): Promise<Verdict> {
    const { cost = 1, deadlineMs = DEFAULT_DEADLINE_MS, signal } = options
    signal?.throwIfAborted()
    const claim = this.#claim(key, cost, deadlineMs)
    if (!claim.later) return claim.verdict
    await this.#turn(key, claim, signal)
    return this.#verdict(this.#ledger.debt(key, this.#ledger.timeline.now()), claim.price, 'ok')
  }

  /** See `Limiter.reserve`. */
  reserve(key: string, options: ReserveOptions = {}): Reservation {
    const { cost = 1, deadlineMs = DEFAULT_DEADLINE_MS } = options
    const { verdict, price, dueAt, later } = this.#claim(key, cost, deadlineMs)
    const ledger = this.#ledger
    let held = verdict.ok && verdict.reason !== 'shadow'
    let pending = later
    const turn: Turn = {
      price,
      dueAt,
      awaited: false,
      settle(due) {
        pending = false
        held = due
      },
    }
    if (later) ledger.lines.join(key, turn)
    return {
      verdict,
      get delayMs() {
        if (!verdict.ok) return Infinity
        if (!pending) return 0
        return Math.max(0, Math.ceil((turn.dueAt - ledger.timeline.now()) / ledger.rate.perMillisecond))
      },
      cancel() {
        if (!held) return false
        held = false
        pending = false
        ledger.giveUp(key, turn)
        return true
      },
    }
  }

  /** Ends every claim that is not due. */
  stop(): void {
    this.#stopped = true
    const now = this.#ledger.timeline.now()
    for (const { key, turn } of this.#ledger.lines.clear()) {
      this.#ledger.credit(key, turn.price, now)
      turn.settle(false)
    }
  }

  #claim(key: string, cost: number, deadlineMs: number): Claim {
    const price = this.#ledger.price(cost)
    checkNumber('deadlineMs', deadlineMs, { min: 0, max: MAX_TIMER_MS })
    if (this.#stopped) throw new StoppedError()
    const { timeline, rate, lines } = this.#ledger
    const now = timeline.now()
    const owed = this.#ledger.debt(key, now)
    const debt = owed + price
    const wait = debt - rate.capacity
    const refused = (reason: Reason): Claim => {
      const { shadow } = this.#settings
      this.#counters[shadow ? 'shadowDenied' : 'denied']++
      if (reason === 'full') this.#counters.deniedFull++
      return {
        verdict: this.#verdict(owed, price, shadow ? 'shadow' : reason),
        price,
        dueAt: now,
        later: false,
      }
    }
    if (price > rate.capacity) return refused('never')
    if (wait > 0 && this.#settings.shadow) return refused('shadow')
    if (wait > deadlineMs * rate.perMillisecond) return refused('deadline')
    if (wait > 0 && lines.size >= this.#settings.maxWaiting) return refused('full')
    if (!this.#ledger.owe(key, debt, now)) return refused('full')
    this.#counters.allowed++
    return { verdict: this.#verdict(debt, price, 'ok'), price, dueAt: now + wait, later: wait > 0 }
  }

  #turn(key: string, { price, dueAt }: Claim, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn: Turn = {
        price,
        dueAt,
        awaited: true,
        settle(due) {
          signal?.removeEventListener('abort', onAbort)
          if (due) resolve()
          else reject(new StoppedError())
        },
      }
      const onAbort = (): void => {
        this.#ledger.giveUp(key, turn)
        reject(signal?.reason as Error)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#ledger.lines.join(key, turn)
    })
  }

  #verdict(debt: number, price: number, reason: Reason): Verdict {
    return verdictOf(this.#settings.rate, this.#settings.name, debt, price, reason)
  }
}
