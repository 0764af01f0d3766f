/**
 * Writes the transcript to the terminal itself. Ink draws what stands around it, and leaves a blank box here: in
 * incremental mode it writes only lines that differ from its last frame, so it never touches rows that are always
 * blank to it. A new message then costs one scrolled region and one row, where Ink would lay out and compare every
 * cell of the screen.
 */

const ESC = '\x1b'
/** The terminal shows nothing between the two, so a half-painted screen is never seen. */
const HOLD = `${ESC}[?2026h`
const RELEASE = `${ESC}[?2026l`
const SAVE_CURSOR = `${ESC}7`
const RESTORE_CURSOR = `${ESC}8`
/** Sequences with which Ink erases more than it draws again: whole lines, or all below. */
const ERASES = [`${ESC}[2K`, `${ESC}[J`, `${ESC}[0J`, `${ESC}[2J`]

/** Switches around a frame (held picture, hidden cursor), which Ink writes before and after the frame itself. */
// oxlint-disable-next-line no-control-regex -- CSI
const MODES_ONLY = /^(?:\x1b\[\?\d+[hl])*$/

/** The rows that are the painter's. */
export interface Region {
  /** First row, from 0. */
  readonly top: number
  readonly height: number
  /** Width of the terminal: another one means another screen. */
  readonly columns: number
}

const same = (a: Region | undefined, b: Region | undefined): boolean =>
  a?.top === b?.top && a?.height === b?.height && a?.columns === b?.columns

/** Paints rows into a region of the screen. */
export class Painter {
  readonly #write: (text: string) => void
  /** What is on the screen in the region; undefined where that is not known. */
  #shown: readonly string[] | undefined
  #wanted: readonly string[] = []
  #region: Region | undefined
  /** The region that Ink has left blank, or will with its next write. */
  #granted: Region | undefined
  /** Ink has not written since it was given another region. */
  #stale = false

  constructor(write: (text: string) => void) {
    this.#write = write
  }

  /** These rows are to be seen. Where Ink has not yet made room for them, they wait for that. */
  show(rows: readonly string[], region: Region): void {
    this.#wanted = rows
    this.#region = region
    if (this.#shown !== undefined && same(this.#granted, region)) this.#paint()
  }

  /** Ink has taken over the layout with this region; what it writes next may erase anything. */
  grant(region: Region): void {
    if (same(this.#granted, region)) return
    this.#giveBack(region)
    this.#granted = region
    this.#shown = undefined
    this.#stale = true
  }

  /** The screen was erased: Ink's next write brings everything back. */
  forget(): void {
    this.#shown = undefined
    this.#stale = true
  }

  /** Ink has written to the terminal. */
  inkWrote(text: string): void {
    if (MODES_ONLY.test(text)) return
    if (this.#stale || ERASES.some(sequence => text.includes(sequence))) this.#shown = undefined
    this.#stale = false
    this.#paintUnknown()
  }

  /** Ink has finished a frame, and may have found nothing to write, or write it a moment later. */
  inkRendered(): void {
    this.#paintUnknown()
  }

  /** Ink takes rows that it gets for blank, and would not write a blank line over them. */
  #giveBack(next: Region): void {
    const past = this.#granted
    if (!past || past.columns !== next.columns) return
    let erased = ''
    for (let row = past.top; row < past.top + past.height; row += 1)
      if (row < next.top || row >= next.top + next.height) erased += `${ESC}[${row + 1};1H${ESC}[K`
    if (erased !== '') this.#write(`${SAVE_CURSOR}${erased}${RESTORE_CURSOR}`)
  }

  #paintUnknown(): void {
    if (this.#shown === undefined && same(this.#granted, this.#region)) this.#paint()
  }

  #paint(): void {
    const region = this.#region
    if (!region || region.height === 0) return
    const painted = paintRows(this.#shown, this.#wanted, region)
    this.#shown = this.#wanted
    if (painted !== '') this.#write(`${HOLD}${SAVE_CURSOR}${painted}${RESTORE_CURSOR}${RELEASE}`)
  }
}

/** The shortest way from `shown` to `wanted`: rows moved up by scrolling, and then the ones that still differ. */
export function paintRows(
  shown: readonly string[] | undefined,
  wanted: readonly string[],
  region: Region,
): string {
  let screen = shown
  let painted = ''
  const shift = shown ? bestShift(shown, wanted) : 0
  if (shown && shift > 0) {
    painted = scrollUp(region, shift)
    screen = [...shown.slice(shift), ...Array.from({ length: shift }, () => '')]
  }
  for (const [row, text] of wanted.entries())
    // Erased before and not after: behind a row that fills the screen the cursor stands on its last cell.
    if (screen?.[row] !== text) painted += `${ESC}[${region.top + row + 1};1H${ESC}[K${text}`
  return painted
}

/** By how many rows to scroll so that the fewest have to be written; 0 where scrolling saves nothing. */
function bestShift(shown: readonly string[], wanted: readonly string[]): number {
  let best = 0
  let kept = matches(shown, wanted, 0)
  for (let shift = 1; shift < shown.length && kept < shown.length; shift += 1) {
    const rows = matches(shown, wanted, shift)
    // Writing a row or two costs less than scrolling.
    if (rows > kept + 2) {
      best = shift
      kept = rows
    }
  }
  return best
}

function matches(shown: readonly string[], wanted: readonly string[], shift: number): number {
  let rows = 0
  for (let row = 0; row + shift < shown.length; row += 1) if (shown[row + shift] === wanted[row]) rows += 1
  return rows
}

/** A line feed in the last row of a scroll region moves the rows above it: every terminal knows that. */
function scrollUp({ top, height }: Region, rows: number): string {
  const bottom = top + height
  return `${ESC}[${top + 1};${bottom}r${ESC}[${bottom};1H${'\n'.repeat(rows)}${ESC}[r`
}
