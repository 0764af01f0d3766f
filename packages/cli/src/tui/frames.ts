/** Decides when the screen is drawn again: what goes to Ink, what goes to the painter, and how often. */
import type { Cancel, Clock } from '@hubbub/hub'
import type { Frame } from './frame.ts'
import type { Painter, Region } from './painter.ts'

/** At most 30 pictures a second for what comes from the network: more than that nobody can read. */
const NETWORK_MS = 33

/** What Ink shows: the frame without the transcript's text. */
export interface Chrome {
  readonly top: readonly string[]
  readonly bottom: readonly string[]
  readonly cursor: { readonly x: number; readonly y: number }
  /** The rows that stay blank for the painter. */
  readonly region: Region
}

/** The current picture. Keys are shown at once, what comes from the network is gathered. */
export class Frames {
  readonly #clock: Clock
  readonly #painter: Painter
  readonly #draw: () => Frame
  readonly #listeners = new Set<() => void>()
  #chrome: Chrome
  #cancel: Cancel | undefined
  #drawnAt = Number.NEGATIVE_INFINITY
  #closed = false

  constructor({ clock, painter, draw }: { clock: Clock; painter: Painter; draw: () => Frame }) {
    this.#clock = clock
    this.#painter = painter
    this.#draw = draw
    const frame = draw()
    this.#chrome = chromeOf(frame)
    painter.show(frame.body, this.#chrome.region)
  }

  readonly subscribe = (onChange: () => void): (() => void) => {
    this.#listeners.add(onChange)
    return () => this.#listeners.delete(onChange)
  }

  /** The same object as long as nothing has changed. */
  readonly read = (): Chrome => this.#chrome

  /** Ink has taken over a layout. */
  readonly grant = (region: Region): void => this.#painter.grant(region)

  /** Something to see has changed. */
  changed(when: 'now' | 'soon'): void {
    if (this.#closed) return
    const wait = when === 'now' ? 0 : this.#drawnAt + NETWORK_MS - this.#clock.monotonic()
    if (wait <= 0) this.draw()
    else this.#cancel ??= this.#clock.setTimer(() => this.draw(), wait)
  }

  /** Draws at once; with `again` also what seems to be on the screen already. */
  draw({ again = false } = {}): void {
    this.#cancel?.()
    this.#cancel = undefined
    if (this.#closed) return
    this.#drawnAt = this.#clock.monotonic()
    const frame = this.#draw()
    const chrome = chromeOf(frame)
    this.#painter.show(frame.body, chrome.region)
    if (!again && JSON.stringify(chrome) === JSON.stringify(this.#chrome)) return
    this.#chrome = chrome
    for (const listener of this.#listeners) listener()
  }

  /** Draws no more. Idempotent. */
  close(): void {
    this.#closed = true
    this.#cancel?.()
    this.#listeners.clear()
  }
}

const chromeOf = ({ columns, top, body, bottom, cursor }: Frame): Chrome => ({
  top,
  bottom,
  cursor,
  region: { top: top.length, height: body.length, columns },
})
