/** The way into full-screen mode and back: whatever else fails, the user's shell must be usable again. */

const ESC = '\x1b'

/**
 * Put on before the first frame: bracketed paste on, and autowrap off, so that a character whose width the
 * terminal sees differently can spoil its own row only.
 */
export const ENTER = `${ESC}[?2004h${ESC}[?7l`

/** Undoes `ENTER`, colours and a held frame. Leaves the cursor and the alternate screen alone. */
export const LEAVE = `${ESC}[?2026l${ESC}[0m${ESC}[?7h${ESC}[?2004l`
