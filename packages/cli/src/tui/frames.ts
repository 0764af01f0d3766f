/** Decides when the screen is drawn again, and keeps the picture that Ink shows. */
import type { Cancel, Clock } from '@hubbub/hub'
import type { Frame } from './frame.ts'

/** At most 15 pictures a second for what comes from the network: more than that nobody can read. */
const NETWORK_MS = 66

/** The current picture and those who want to know of the next. Keys are shown at once, messages are gathered. */
export class Frames {
  readonly #clock: Clock
  readonly #draw: () => Frame
  readonly #listeners = new Set<() => void>()
  #frame: Frame
  #cancel: Cancel | undefined
  #drawnAt = Number.NEGATIVE_INFINITY
  #closed = false

  constructor(clock: Clock, draw: () => Frame) {
    this.#clock = clock
    this.#draw = draw
    this.#frame = draw()
  }

  readonly subscribe = (onChange: () => void): (() => void) => {
    this.#listeners.add(onChange)
    return () => this.#listeners.delete(onChange)
  }

  readonly read = (): Frame => this.#frame

  /** The session has changed. */
  changed(when: 'now' | 'soon'): void {
    if (this.#closed) return
    const wait = when === 'now' ? 0 : this.#drawnAt + NETWORK_MS - this.#clock.monotonic()
    if (wait <= 0) this.draw()
    else this.#cancel ??= this.#clock.setTimer(() => this.draw(), wait)
  }

  /** Draws at once. */
  draw(): void {
    this.#cancel?.()
    this.#cancel = undefined
    if (this.#closed) return
    this.#drawnAt = this.#clock.monotonic()
    this.#frame = this.#draw()
    for (const listener of this.#listeners) listener()
  }

  /** Draws no more. Idempotent. */
  close(): void {
    this.#closed = true
    this.#cancel?.()
    this.#listeners.clear()
  }
}
