/**
 * Makes what other people wrote harmless to a terminal and to the eye. Everything that comes from the network goes
 * through here before it is shown: on the screen, in a log, in a title.
 *
 * What a terminal would obey becomes visible (`ESC` is shown as `␛`), what is invisible or turns the line around
 * is dropped, and marks that pile up are cut. The result holds no control character but LF.
 */
import { truncate } from './width.ts'

/** Text that needs no work, which is almost every text. */
const PLAIN = /^[\x20-\x7e\n]*$/
/** Controls of the terminal: C0 except tab and LF, and DEL. */
// oxlint-disable-next-line no-control-regex -- these are the characters to find
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f]/g
/** The 8-bit forms of the same: `\x9b` opens a sequence as `ESC [` does. */
const EIGHT_BIT_CONTROLS = /[\x80-\x9f]/g
/**
 * Characters without a shape: bidi controls, zero-width spaces, tags, fillers, variation selectors beyond the
 * first 16, interlinear annotations. The joiners stay, because emoji and several scripts are written with them;
 * so do the first variation selectors, which choose between an emoji and its plain form.
 */
const INVISIBLE = /(?!\u200c|\u200d|[\u{fe00}-\u{fe0f}])\p{Default_Ignorable_Code_Point}|[\ufff9-\ufffb]/gu
const LINE_SEPARATORS = /[\u2028\u2029]/g
/** Four marks on one letter are enough for every living script; joiners count, or they would part the pile. */
const PILED_MARKS = /([\p{M}\u200c\u200d]{4})[\p{M}\u200c\u200d]+/gu
const JOINERS = /[\u200c\u200d]/g
/** White space, and the Braille pattern without dots. */
const BLANKS = /[\s\u2800]+/g
/** A mark without a letter would sit on whatever is printed before the name. */
const LEADING_MARKS = /^[\p{M} ]+/u

/** Widest name that is shown, in cells. */
export const MAX_NAME_CELLS = 24

/** A text of several lines, harmless: the only control character in it is LF. Idempotent. */
export function sanitizeText(text: string): string {
  if (PLAIN.test(text)) return text
  return text
    .toWellFormed()
    .replaceAll('\r\n', '\n')
    .replaceAll('\t', '    ')
    .replaceAll(CONTROLS, control =>
      control === '\x7f' ? '␡' : String.fromCodePoint(0x24_00 + control.charCodeAt(0)),
    )
    .replaceAll(EIGHT_BIT_CONTROLS, '\ufffd')
    .replaceAll(LINE_SEPARATORS, ' ')
    .replaceAll(INVISIBLE, '')
    .replaceAll(PILED_MARKS, '$1')
}

/** A text as one line: line breaks are shown as `⏎`. Idempotent. */
export function sanitizeLine(text: string): string {
  return sanitizeText(text).replaceAll('\n', '⏎')
}

/**
 * The name of a person, a bot or a room, as one short word: NFC, no joiners or other invisible characters (two
 * names that look the same would not be the same), white space folded and trimmed, at most 24 cells. A name with
 * nothing to see in it is `?`. Idempotent.
 */
export function sanitizeName(name: string): string {
  // Composed last: two marks may meet only once what was between them is gone.
  const composed = sanitizeText(name).replaceAll(JOINERS, '').normalize('NFC')
  const word = sanitizeText(composed).replaceAll(BLANKS, ' ').replace(LEADING_MARKS, '').trimEnd()
  return truncate(word, MAX_NAME_CELLS) || '?'
}
