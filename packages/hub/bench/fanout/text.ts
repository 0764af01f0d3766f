/** The texts that are sent: numbered, so that each delivery can be told from each other one. */

const MARK = 0x23
const DIGITS = 8
const ZERO = 0x30

/** Message number `n` as a text of this many characters. */
export const numbered = (n: number, characters: number): string =>
  `#${String(n).padStart(DIGITS, '0')} `.padEnd(characters, 'x')

/** The number of the text that begins at `start`; -1 where none does. */
export function numberAt(data: Buffer, start: number): number {
  if (data[start] !== MARK) return -1
  let n = 0
  for (let at = start + 1; at <= start + DIGITS; at += 1) n = n * 10 + (data[at] ?? ZERO) - ZERO
  return n
}
