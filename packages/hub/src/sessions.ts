import type { Cancel, Clock, Scheduler } from './clock.ts'
import type { Session } from './session.ts'

/** How often the connections are looked at: a deadline is kept to within this. */
const LOOK_MS = 1_000

/** The open sessions of a hub: one flush a turn for all of them, and one timer that looks after all of them. */
export class Sessions {
  readonly #clock: Clock
  readonly #scheduler: Scheduler
  readonly #open = new Set<Session>()
  readonly #owed = new Set<Session>()
  #flush: Cancel | undefined
  #look: Cancel | undefined

  constructor(clock: Clock, scheduler: Scheduler) {
    this.#clock = clock
    this.#scheduler = scheduler
  }

  get size(): number {
    return this.#open.size
  }

  add(session: Session): void {
    this.#open.add(session)
    this.#look ??= this.#clock.setTimer(this.#lookAround, LOOK_MS)
  }

  remove(session: Session): void {
    this.#open.delete(session)
    this.#owed.delete(session)
  }

  /** Flushes the session at the end of this turn. */
  owe(session: Session): void {
    this.#owed.add(session)
    this.#flush ??= this.#scheduler.defer(() => {
      this.#flush = undefined
      for (const each of this.#owed) each.flush()
      this.#owed.clear()
    })
  }

  /** Ends all of them, and the timers with them. */
  end(code: number, reason: string): void {
    for (const session of this.#open) session.end(code, reason)
    this.#flush?.()
    this.#look?.()
  }

  readonly #lookAround = (): void => {
    const now = this.#clock.monotonic()
    for (const session of this.#open) session.check(now)
    this.#look = this.#open.size > 0 ? this.#clock.setTimer(this.#lookAround, LOOK_MS) : undefined
  }
}
