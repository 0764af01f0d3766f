/** Breaks text into rows that a terminal can show. */
import { cellWidth, graphemes, graphemeWidth } from './width.ts'

const ASCII = /^[\x20-\x7e]*$/

/**
 * The rows of a text: at its line breaks, and where a row would be wider than `columns` cells at the last space
 * before that, or else between two characters. Every row fits; a character wider than the whole row becomes `·`.
 * Linear in the length of the text.
 *
 * @throws RangeError where `columns` is not a whole number from 1
 */
export function wrapText(text: string, columns: number): string[] {
  if (!Number.isInteger(columns) || columns < 1)
    throw new RangeError(`columns must be a whole number from 1, got ${columns}`)
  return text.split('\n').flatMap(line => wrapLine(line, columns))
}

interface Piece {
  readonly text: string
  readonly cells: number
}

/** A cluster that is too wide for a row of its own is taken apart, so that a row never grows beyond its width. */
function pieces(line: string, columns: number): Piece[] {
  return graphemes(line).flatMap(text => {
    const cells = graphemeWidth(text)
    if (cells <= columns) return [{ text, cells }]
    return Array.from(text, point => {
      const width = cellWidth(point)
      return width <= columns ? { text: point, cells: width } : { text: '·', cells: 1 }
    })
  })
}

function wrapLine(line: string, columns: number): string[] {
  if (line.length <= columns && ASCII.test(line)) return [line.trimEnd()]
  const rows: string[] = []
  let row: Piece[] = []
  let cells = 0
  /** How many pieces of the row may stand before a break; 0 where there is no good place. */
  let breakAt = 0

  const endRow = (length: number): void => {
    const ended = row.slice(0, length)
    rows.push(join(ended).trimEnd())
    row = row.slice(length)
    for (const piece of ended) cells -= piece.cells
    breakAt = 0
  }

  for (const piece of pieces(line, columns)) {
    const space = piece.text === ' '
    // A space that does not fit is the break itself: it needs no cell.
    if (space && cells + 1 > columns) {
      endRow(row.length)
      continue
    }
    while (cells + piece.cells > columns && row.length > 0) endRow(breakAt || row.length)
    // East Asian text has no spaces: it may break around every wide character.
    if (piece.cells > 1 && row.length > 0) breakAt = row.length
    row.push(piece)
    cells += piece.cells
    if (space || piece.cells > 1) breakAt = row.length
  }
  if (row.length > 0 || rows.length === 0) endRow(row.length)
  return rows
}

const join = (row: readonly Piece[]): string => row.map(piece => piece.text).join('')
