/** How many terminal cells a text takes, and how to cut it there. Only this file knows the width library. */
import stringWidth from 'string-width'

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/
/**
 * Text of which every code unit is a character of its own: Latin, general punctuation, arrows and box drawing,
 * kana, CJK ideographs, Hangul syllables. Nothing here joins with its neighbours, so it need not be segmented.
 */
const SEPARATE =
  /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2030-\u205e\u2190-\u25ff\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3]*$/
const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** Widths of graphemes that have been seen: measuring one takes microseconds, and a screen has thousands. */
const widths = new Map<string, number>()
const MAX_WIDTHS = 10_000

/** The user-perceived characters of a text: what one press of an arrow key moves over. */
export function graphemes(text: string): string[] {
  return SEPARATE.test(text) ? text.split('') : Array.from(segmenter.segment(text), each => each.segment)
}

/**
 * Cells that a text may take. Terminals disagree about clusters (a skin tone is 2 cells in one and 4 in another),
 * so a cluster counts as the larger of its own width and that of its code points: a row may come out shorter than
 * planned, never longer.
 */
export function cellWidth(text: string): number {
  if (PRINTABLE_ASCII.test(text)) return text.length
  let cells = 0
  for (const grapheme of graphemes(text)) cells += graphemeWidth(grapheme)
  return cells
}

/** `cellWidth` of one grapheme; at least 1, because terminals draw some characters that count as nothing. */
export function graphemeWidth(grapheme: string): number {
  if (grapheme.length === 1 && grapheme >= ' ' && grapheme <= '~') return 1
  const known = widths.get(grapheme)
  if (known !== undefined) return known
  let parts = 0
  for (const point of grapheme) parts += measure(point)
  const width = Math.max(1, measure(grapheme), parts)
  if (widths.size >= MAX_WIDTHS) widths.clear()
  // A long cluster is somebody's joke: it is not worth remembering.
  if (grapheme.length <= 32) widths.set(grapheme, width)
  return width
}

function measure(text: string): number {
  // A width library meets every new Unicode version first; a throw here would end the whole screen.
  try {
    return stringWidth(text)
  } catch {
    return Array.from(text).length
  }
}

/** The longest beginning of `text` that fits `cells`, ended with `…` where something was cut. */
export function truncate(text: string, cells: number): string {
  if (cells <= 0) return ''
  if (cellWidth(text) <= cells) return text
  let kept = ''
  let used = 0
  for (const grapheme of graphemes(text)) {
    const width = graphemeWidth(grapheme)
    if (used + width > cells - 1) break
    kept += grapheme
    used += width
  }
  return `${kept}…`
}

/** `text` cut or filled with spaces on the right to exactly `cells`. */
export function fit(text: string, cells: number): string {
  const cut = truncate(text, cells)
  return cut + ' '.repeat(Math.max(0, cells - cellWidth(cut)))
}

/** `text` cut or filled with spaces on the left to exactly `cells`. */
export function fitRight(text: string, cells: number): string {
  const cut = truncate(text, cells)
  return ' '.repeat(Math.max(0, cells - cellWidth(cut))) + cut
}
