/** Completes a name that is being typed. Pure. */
import { type Editor, replaceRange } from './editor.ts'

/**
 * The editor with the word before the cursor completed to the first name that begins like it, in any case, with or
 * without `@`; at the start of the text a colon follows, as one addresses people. Undefined where no name fits.
 */
export function completeName(editor: Editor, names: readonly string[]): Editor | undefined {
  const [word = ''] = /\S*$/.exec(editor.text.slice(0, editor.cursor)) ?? []
  const typed = word.replace(/^@/, '').toLowerCase()
  if (typed === '') return undefined
  const name = names.find(each => each.toLowerCase().startsWith(typed))
  if (name === undefined) return undefined
  const start = editor.cursor - word.length
  const at = word.startsWith('@') ? '@' : ''
  return replaceRange(editor, start, editor.cursor, `${at}${name}${start === 0 && at === '' ? ': ' : ' '}`)
}
