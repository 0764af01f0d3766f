/** The texts that are sent: numbered, so that each delivery can be told from each other one. */

const MARK = 0x23
const DIGITS = 8
const ZERO = 0x30

/** Message number `n` as a text of this many characters. */
export const numbered = (n: number, characters: number): string =>
  `#${String(n).padStart(DIGITS, '0')} `.padEnd(characters, 'x')

/** Of what people write, so that it shrinks as that does. */
const WORDS =
  `the to and a of is it you that in we for on this have with be not are but was so if at can just what do from or
  will there all my as they your about when an would how one get like out now think know up by our time need see some
  then them more good also work here has who did could make because which had back even want still should after only
  over going really way build server deploy branch review merge test client error update again today tomorrow meeting
  lunch coffee thanks please sorry maybe sure nice great wait looks broken fixed green morning question answer`.split(
    /\s+/,
  )

/** Message number `n` as a text of this many characters, of words that `n` decides. */
export function chatty(n: number, characters: number): string {
  let text = `#${String(n).padStart(DIGITS, '0')}`
  // A Lehmer generator: the same words on every machine.
  let state = n + 1
  while (text.length < characters) {
    state = (state * 48_271) % 2_147_483_647
    text += ` ${WORDS[state % WORDS.length]}`
  }
  return text.slice(0, characters)
}

/** The number of the text that begins at `start`; -1 where none does. */
export function numberAt(data: Buffer, start: number): number {
  if (data[start] !== MARK) return -1
  let n = 0
  for (let at = start + 1; at <= start + DIGITS; at += 1) n = n * 10 + (data[at] ?? ZERO) - ZERO
  return n
}
