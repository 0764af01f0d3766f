import type { Clock, Scheduler } from '../clock.ts'

interface Parcel {
  readonly due: number
  readonly deliver: () => void
}

/** One direction of a faulty connection: parcels arrive in order, one a turn, none before it is due. */
export class FaultyPipe {
  readonly #clock: Clock
  readonly #scheduler: Scheduler
  #parcels: Parcel[] = []
  #stalled = false
  #delayMs = 0
  #cancel: (() => void) | undefined

  constructor(clock: Clock, scheduler: Scheduler) {
    this.#clock = clock
    this.#scheduler = scheduler
  }

  delay(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`delay: ms must be a number from 0, got ${ms}`)
    this.#delayMs = ms
  }

  push(deliver: () => void): void {
    this.#parcels.push({ due: this.#clock.monotonic() + this.#delayMs, deliver })
    this.#arrange()
  }

  stall(): void {
    this.#stalled = true
    this.#rest()
  }

  resume(): void {
    this.#stalled = false
    this.#arrange()
  }

  /** Nothing that is under way arrives, and no timer is left. */
  clear(): void {
    this.#parcels = []
    this.#rest()
  }

  #rest(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  #arrange(): void {
    const [first] = this.#parcels
    if (!first || this.#stalled || this.#cancel) return
    const wait = first.due - this.#clock.monotonic()
    if (wait > 0)
      this.#cancel = this.#clock.setTimer(() => {
        this.#cancel = undefined
        this.#arrange()
      }, wait)
    else
      this.#cancel = this.#scheduler.defer(() => {
        this.#cancel = undefined
        const parcel = this.#parcels.shift()
        this.#arrange()
        parcel?.deliver()
      })
  }
}
