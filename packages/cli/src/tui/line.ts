/** One row of the screen, before colour: what tests read and what layout computes with. */
import { cellWidth, graphemes, graphemeWidth } from '../terminal/width.ts'
import type { Style } from './theme.ts'

/** A run of text in one style. */
export type Span = readonly [text: string, style?: Style]
/** A row: spans from left to right. Never contains a line break. */
export type Line = readonly Span[]

/** Cells that a line takes. */
export const lineCells = (line: Line): number => line.reduce((cells, [text]) => cells + cellWidth(text), 0)

/** The characters of a line. */
export const lineText = (line: Line): string => line.map(([text]) => text).join('')

/** The beginning of a line that fits `cells`, ended with `…` where something was cut. */
export function truncateLine(line: Line, cells: number): Line {
  if (lineCells(line) <= cells) return line
  const cut: Span[] = []
  let left = cells - 1
  for (const [text, style] of line) {
    let kept = ''
    for (const grapheme of graphemes(text)) {
      const width = graphemeWidth(grapheme)
      if (width > left) {
        cut.push(span(kept, style))
        return cells < 1 ? [] : [...cut, span('…', style)]
      }
      kept += grapheme
      left -= width
    }
    cut.push(span(text, style))
  }
  return cut
}

/** A line cut or filled with spaces on the right to exactly `cells`. */
export function fitLine(line: Line, cells: number): Line {
  const cut = truncateLine(line, cells)
  const missing = cells - lineCells(cut)
  return missing > 0 ? [...cut, [' '.repeat(missing)]] : cut
}

/** `left` and `right` at the two ends of exactly `cells`; `left` gives way where there is no room for both. */
export function spread(left: Line, right: Line, cells: number, fill: Span = [' ']): Line {
  const end = truncateLine(right, cells)
  const start = truncateLine(left, Math.max(0, cells - lineCells(end) - 1))
  const gap = cells - lineCells(start) - lineCells(end)
  return [...start, span(fill[0].repeat(Math.max(0, gap)), fill[1]), ...end]
}

/** A span; without a style where there is none. */
export const span = (text: string, style: Style | undefined): Span =>
  style === undefined ? [text] : [text, style]
