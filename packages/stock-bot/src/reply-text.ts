/** Longest text of a chat message, in Unicode code points. */
const MAX_TEXT = 4_000

/**
 * Makes any text one that a chat takes: no U+0000, no lone surrogate, at most 4,000 characters (the last one
 * is `…` where it was cut). A bot that quotes a foreign page must not lose its answer to such a character.
 * The text is a copy: part of a string keeps all of it in memory, for as long as an answer is remembered.
 */
export function replyText(text: string): string {
  const clean = text.replaceAll('\0', '').toWellFormed()
  if (clean.length <= MAX_TEXT) return Buffer.from(clean).toString()
  const characters = Array.from(clean)
  return characters.length <= MAX_TEXT
    ? characters.join('')
    : `${characters.slice(0, MAX_TEXT - 1).join('')}…`
}

/** @throws TypeError that begins with `rule`, where this is no text that a chat would show */
export function textOf(given: unknown, rule: string): string {
  if (typeof given === 'string' && !isBlank(given)) return given
  throw new TypeError(
    `${rule}, got ${typeof given === 'string' ? 'a blank one' : `a value of type ${typeof given}`}`,
  )
}

/** Whether a chat would show nothing of this text, and refuse it. */
export function isBlank(text: string): boolean {
  return text.replaceAll('\0', '').trim() === ''
}
