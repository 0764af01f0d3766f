/** Comma-separated values by RFC 4180, read leniently. */

/**
 * The rows of a text: lines end in CR, LF or both, the last one may have no end, empty lines are left out.
 * White space around a cell, a byte order mark included, is left out. A quoted cell may hold commas, line ends
 * and doubled quotes. Never throws; an unclosed quote ends with the text.
 */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let cell = ''
  let quoted = false
  const endRow = (): void => {
    if (row.length > 0 || cell.trim() !== '') rows.push([...row, cell.trim()])
    row = []
    cell = ''
  }
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charAt(i)
    if (quoted) {
      if (char !== '"') cell += char
      else if (text.charAt(i + 1) === '"') {
        cell += char
        i += 1
      } else quoted = false
    } else if (char === '"' && cell.length < 8 && cell.trim() === '') {
      // Only a short cell is looked at: trimming a long one at each of its quotes is quadratic.
      cell = ''
      quoted = true
    } else if (char === ',') {
      row.push(cell.trim())
      cell = ''
    } else if (char === '\n' || char === '\r') endRow()
    else cell += char
  }
  endRow()
  return rows
}
