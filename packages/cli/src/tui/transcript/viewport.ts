/** Which rows of a transcript are on the screen. Lays out only what it shows, however long the transcript is. */
import type { Line } from '../line.ts'
import type { Entry } from './entry.ts'
import { type Layout, rule } from './layout.ts'
import type { Transcript } from './transcript.ts'

/** The row at the bottom of the screen: an entry and a row of it. It stays in place whatever comes or goes. */
interface Anchor {
  readonly entry: Entry
  readonly row: number
}

/** Where the reader stood when they left the room, and how many messages came since. */
export interface UnreadMark {
  readonly after: Entry
  readonly count: number
}

/** What `view` found. */
export interface View {
  /** At most `height` rows, oldest first. */
  readonly rows: readonly Line[]
  /** The oldest entry is on the screen: time to ask for older ones. */
  readonly atTop: boolean
  /** Entries below the screen. */
  readonly newer: number
}

/** A window on a transcript. Follows the newest entry until it is scrolled. */
export class Viewport {
  #transcript: Transcript
  #anchor: Anchor | undefined
  /** Shown as a line of its own below this entry. */
  unread: UnreadMark | undefined

  constructor(transcript: Transcript) {
    this.#transcript = transcript
  }

  /** Whether the newest entry is followed. */
  get live(): boolean {
    return this.#anchor === undefined
  }

  /** Follows the newest entry again. */
  toEnd(): void {
    this.#anchor = undefined
  }

  /** Moves by rows, up where `rows` is negative, and not beyond a screen that begins with the oldest row. */
  scroll(rows: number, layout: Layout, height: number): void {
    let { index, row } = this.#bottom(layout)
    if (index < 0) return
    row += rows
    while (row < 0 && index > 0) {
      index -= 1
      row += this.#rowsAt(index, layout).length
    }
    while (row >= this.#rowsAt(index, layout).length && index < this.#transcript.length - 1) {
      row -= this.#rowsAt(index, layout).length
      index += 1
    }
    const last = index === this.#transcript.length - 1
    if (last && row >= this.#rowsAt(index, layout).length - 1) this.#anchor = undefined
    else {
      const entry = this.#transcript.at(index)
      if (entry) this.#anchor = { entry, row: Math.max(0, row) }
      this.#fillFromTop(layout, height)
    }
  }

  /** The rows for a screen of `height` rows. */
  view(layout: Layout, height: number): View {
    this.#fillFromTop(layout, height)
    const { index, row } = this.#bottom(layout)
    const rows: Line[] = []
    let at = index
    for (; at >= 0 && rows.length < height; at -= 1) {
      const all = this.#rowsAt(at, layout)
      rows.unshift(...(at === index ? all.slice(0, row + 1) : all))
    }
    const newer = this.live ? 0 : this.#transcript.length - 1 - index
    return { rows: rows.slice(Math.max(0, rows.length - height)), atTop: at < 0, newer }
  }

  /** Rows of an entry with the lines that stand before and behind it. */
  #rowsAt(index: number, layout: Layout): readonly Line[] {
    const entry = this.#transcript.at(index)
    if (!entry) return []
    const rows = layout.rows(entry)
    const separator = layout.separator(entry, this.#dated(index - 1))
    const unread = this.unread?.after === entry && this.unread.count > 0 ? this.unread : undefined
    if (!separator && !unread) return rows
    return [
      ...(separator ? [separator] : []),
      ...rows,
      ...(unread ? [rule(`${unread.count} new`, layout.columns, 'accent')] : []),
    ]
  }

  /** The nearest entry at or above an index that is not a notice. */
  #dated(index: number): Entry | undefined {
    let at = index
    while (this.#transcript.at(at)?.kind === 'notice') at -= 1
    return this.#transcript.at(at)
  }

  #bottom(layout: Layout): { index: number; row: number } {
    const end = this.#transcript.length - 1
    if (this.#anchor) {
      const index = this.#transcript.indexOf(this.#anchor.entry)
      // The entry may have been replaced (my own message got its number) or dropped with the oldest.
      if (index !== -1)
        return { index, row: Math.min(this.#anchor.row, this.#rowsAt(index, layout).length - 1) }
      this.#anchor = undefined
    }
    return { index: end, row: this.#rowsAt(end, layout).length - 1 }
  }

  /** Scrolled so far up that the screen would not be full: the oldest row goes to the top of the screen. */
  #fillFromTop(layout: Layout, height: number): void {
    if (!this.#anchor) return
    const { index, row } = this.#bottom(layout)
    let above = row + 1
    for (let at = index - 1; at >= 0 && above < height; at -= 1) above += this.#rowsAt(at, layout).length
    if (above >= height) return
    let missing = height - above + row
    let at = index
    while (missing >= this.#rowsAt(at, layout).length) {
      if (at >= this.#transcript.length - 1) {
        this.#anchor = undefined
        return
      }
      missing -= this.#rowsAt(at, layout).length
      at += 1
    }
    const entry = this.#transcript.at(at)
    if (entry) this.#anchor = { entry, row: missing }
  }
}
