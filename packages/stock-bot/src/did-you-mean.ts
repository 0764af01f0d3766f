/** The longest names that are compared: no command has a longer one. */
const LONGEST = 32

/**
 * The one of `names` that `typed` was most likely meant to be: fewest keystrokes away (a letter more, less, another,
 * or two swapped), where that is one at most for three letters typed, two for up to eight, then one for every three,
 * and less than half of the name. Else the first that begins with `typed`. Undefined where none is near.
 */
export function didYouMean(typed: string, names: Iterable<string>): string | undefined {
  if (typed.length > LONGEST) return undefined
  let least = (typed.length < 4 ? 1 : Math.max(2, Math.floor(typed.length / 3))) + 1
  let best: string | undefined
  let longer: string | undefined
  for (const name of names) {
    if (name.length > LONGEST) continue
    if (typed.length >= 2 && name.startsWith(typed)) longer ??= name
    // One keystroke at least for each letter that one has more than the other: most need no closer look.
    if (Math.abs(name.length - typed.length) >= least) continue
    const distance = keystrokes(typed, name)
    if (distance >= least || distance * 2 >= name.length) continue
    best = name
    least = distance
  }
  return best ?? longer
}

/** The optimal string alignment distance. */
function keystrokes(from: string, to: string): number {
  let before: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= to.length; column += 1) {
      const other = from[row - 1] === to[column - 1] ? 0 : 1
      const isSwapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      const swapped = row > 1 && column > 1 && isSwapped ? at(before, column - 2) + 1 : Infinity
      const least = Math.min(at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + other)
      current.push(Math.min(least, swapped))
    }
    before = last
    last = current
  }
  return at(last, to.length)
}

const at = (row: readonly number[], column: number): number => row[column] ?? 0
