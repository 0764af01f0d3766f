/** The input line as rows of the screen, with the cursor's place. Pure. */
import { graphemes, graphemeWidth } from '../../terminal/width.ts'

/** The visible part of the input. */
export interface InputRows {
  readonly rows: readonly string[]
  /** Place of the cursor in cells and rows, from 0, inside `rows`. */
  readonly x: number
  readonly y: number
}

/**
 * Wraps `text` at `columns` cells, character by character, so that no cell moves while a word grows. Shows at most
 * `most` rows, those around the cursor.
 */
export function inputRows(text: string, cursor: number, columns: number, most: number): InputRows {
  const width = Math.max(2, columns)
  const rows: string[] = ['']
  let cells = 0
  let offset = 0
  let x = 0
  let y = 0
  const place = () => {
    if (offset === cursor) {
      x = cells
      y = rows.length - 1
    }
  }
  for (const grapheme of graphemes(text)) {
    const wide = graphemeWidth(grapheme)
    // One cell stays free for the cursor behind the last character.
    if (grapheme !== '\n' && cells + wide > width - 1 && cells > 0) {
      rows.push('')
      cells = 0
    }
    place()
    offset += grapheme.length
    if (grapheme === '\n') {
      rows.push('')
      cells = 0
    } else {
      rows[rows.length - 1] += wide > width ? '·' : grapheme
      cells += wide > width ? 1 : wide
    }
  }
  place()
  const first = Math.min(Math.max(0, y - most + 1), Math.max(0, rows.length - most))
  return { rows: rows.slice(first, first + most), x, y: y - first }
}
