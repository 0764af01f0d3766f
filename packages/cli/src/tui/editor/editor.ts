/** The input line as a pure state machine: a text, a cursor between two characters, and what keys do to them. */
import { sanitizeText } from '../../terminal/sanitize.ts'
import { graphemes } from '../../terminal/width.ts'

/** The text being written. */
export interface Editor {
  readonly text: string
  /** Offset in UTF-16 units, always between two graphemes. */
  readonly cursor: number
  /** What Ctrl+U, Ctrl+W and Ctrl+K cut last, for Ctrl+Y. */
  readonly cut: string
}

/** Longest text in the editor, in UTF-16 units: a pasted book must not freeze the screen. */
const MAX_UNITS = 20_000

export const emptyEditor: Editor = { text: '', cursor: 0, cut: '' }

/** The text with `added` at the cursor, made harmless. */
export const insert = (editor: Editor, added: string): Editor =>
  replaceRange(editor, editor.cursor, editor.cursor, added)

/** The text with `added`, made harmless, where `from` to `to` was; the cursor behind it. */
export function replaceRange(editor: Editor, from: number, to: number, added: string): Editor {
  const room = MAX_UNITS - editor.text.length + to - from
  const clean = sanitizeText(added).slice(0, Math.max(0, room)).toWellFormed()
  const before = editor.text.slice(0, from) + clean
  return settle({ ...editor, text: before + editor.text.slice(to), cursor: before.length })
}

/** Another text with the cursor at its end. */
export const replace = (editor: Editor, text: string): Editor => ({ ...editor, text, cursor: text.length })

/** What each act does. */
const ACTS = {
  left: editor => at(editor, before(editor)),
  right: editor => at(editor, after(editor)),
  'word-left': editor => at(editor, wordStart(editor)),
  'word-right': editor => at(editor, wordEnd(editor)),
  home: editor => at(editor, lineStart(editor)),
  end: editor => at(editor, lineEnd(editor)),
  backspace: editor => without(editor, before(editor), editor.cursor),
  delete: editor => without(editor, editor.cursor, after(editor)),
  'cut-word': editor => cutOut(editor, wordStart(editor), editor.cursor),
  'cut-to-start': editor => cutOut(editor, 0, editor.cursor),
  'cut-to-end'(editor) {
    const end = lineEnd(editor)
    return cutOut(editor, editor.cursor, editor.cursor === end ? editor.text.length : end)
  },
  yank: editor => insert(editor, editor.cut),
  newline: editor => insert(editor, '\n'),
  clear: editor => replace(editor, ''),
} satisfies Record<string, (editor: Editor) => Editor>

/** An act on the text. */
export type EditAction = keyof typeof ACTS

/** Whether a command is an act on the text. */
export const isEditAction = (name: string): name is EditAction => Object.hasOwn(ACTS, name)

/** The editor after one act. */
export const edit = (editor: Editor, action: EditAction): Editor => ACTS[action](editor)

/** The cursor one line up (-1) or down (1), at the same distance from the line's start; undefined at the edge. */
export function moveLine(editor: Editor, direction: -1 | 1): Editor | undefined {
  const start = lineStart(editor)
  const column = graphemes(editor.text.slice(start, editor.cursor)).length
  const target = direction === -1 ? start - 1 : lineEnd(editor) + 1
  if (target < 0 || target > editor.text.length) return undefined
  const from = direction === -1 ? lineStart({ ...editor, cursor: target }) : target
  const line = editor.text.slice(from, lineEnd({ ...editor, cursor: from }))
  return at(editor, from + graphemes(line).slice(0, column).join('').length)
}

const at = (editor: Editor, cursor: number): Editor => settle({ ...editor, cursor })

function without(editor: Editor, from: number, to: number): Editor {
  return settle({ ...editor, text: editor.text.slice(0, from) + editor.text.slice(to), cursor: from })
}

function cutOut(editor: Editor, from: number, to: number): Editor {
  const cut = editor.text.slice(from, to)
  return { ...without(editor, from, to), cut: cut === '' ? editor.cut : cut }
}

/**
 * Two parts that meet may form one grapheme (a letter and a mark), and a word may begin inside one: the cursor goes
 * behind it.
 */
function settle(editor: Editor): Editor {
  let end = 0
  for (const grapheme of graphemes(editor.text)) {
    if (end >= editor.cursor) break
    end += grapheme.length
  }
  return end === editor.cursor ? editor : { ...editor, cursor: end }
}

const before = ({ text, cursor }: Editor): number =>
  cursor - (graphemes(text.slice(0, cursor)).at(-1)?.length ?? 0)

const after = ({ text, cursor }: Editor): number =>
  cursor + (graphemes(text.slice(cursor)).at(0)?.length ?? 0)

const lineStart = ({ text, cursor }: Editor): number => text.slice(0, cursor).lastIndexOf('\n') + 1

const lineEnd = ({ text, cursor }: Editor): number => {
  const end = text.indexOf('\n', cursor)
  return end === -1 ? text.length : end
}

const wordStart = ({ text, cursor }: Editor): number => text.slice(0, cursor).replace(/\S*\s*$/u, '').length

const wordEnd = ({ text, cursor }: Editor): number =>
  cursor + (/^\s*\S*/u.exec(text.slice(cursor))?.[0].length ?? 0)
