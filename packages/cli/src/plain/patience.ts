/** A deadline that moves on as long as there is progress. */
import type { Cancel, Clock } from '@hubbub/hub'

/** Calls `onLost` when, from `begin` on, nothing has happened for `ms` milliseconds. */
export class Patience {
  readonly #clock: Clock
  readonly #ms: number
  readonly #onLost: () => void
  #cancel: Cancel | undefined

  constructor(clock: Clock, ms: number, onLost: () => void) {
    this.#clock = clock
    this.#ms = ms
    this.#onLost = onLost
  }

  begin(): void {
    this.#cancel?.()
    this.#cancel = this.#clock.setTimer(this.#onLost, this.#ms)
  }

  /** Something has happened; before `begin` this means nothing. */
  progress(): void {
    if (this.#cancel) this.begin()
  }

  end(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }
}
