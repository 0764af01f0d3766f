/** Longest text of a chat message, in Unicode code points. */
const MAX_TEXT = 4_000

/**
 * Makes any text one that a chat takes: no U+0000, no lone surrogate, at most 4,000 characters (the last one
 * is `…` where it was cut). A bot that quotes a foreign page must not lose its answer to such a character.
 */
export function replyText(text: string): string {
  const clean = text.replaceAll('\0', '').toWellFormed()
  if (clean.length <= MAX_TEXT) return clean
  const characters = Array.from(clean)
  return characters.length <= MAX_TEXT ? clean : `${characters.slice(0, MAX_TEXT - 1).join('')}…`
}

/** Whether a chat would show nothing of this text, and refuse it. */
export function isBlank(text: string): boolean {
  return text.replaceAll('\0', '').trim() === ''
}
