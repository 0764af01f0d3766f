import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { graphemes } from '../../../src/terminal/width.ts'
import {
  type EditAction,
  type Editor,
  edit,
  emptyEditor,
  insert,
  moveLine,
} from '../../../src/tui/editor/editor.ts'
import { completeName } from '../../../src/tui/editor/complete.ts'
import { emptyHistory, remember, step } from '../../../src/tui/editor/history.ts'
import { inputRows } from '../../../src/tui/editor/rows.ts'

/** An editor from a text with `|` where the cursor is. */
const at = (marked: string): Editor => ({
  text: marked.replace('|', ''),
  cursor: marked.indexOf('|'),
  cut: '',
})
const show = ({ text, cursor }: Editor): string => `${text.slice(0, cursor)}|${text.slice(cursor)}`

describe('the editor', () => {
  it.each<[EditAction, string, string]>([
    ['left', 'ab|c', 'a|bc'],
    ['left', '|abc', '|abc'],
    ['left', '👍🏽|', '|👍🏽'],
    ['right', '|e\u0301x', 'e\u0301|x'],
    ['word-left', 'one two|', 'one |two'],
    ['word-right', 'one| two x', 'one two| x'],
    ['home', 'one\ntw|o', 'one\n|two'],
    ['end', 'o|ne\ntwo', 'one|\ntwo'],
    ['backspace', 'ab|c', 'a|c'],
    ['backspace', '👩‍👩‍👧|x', '|x'],
    ['backspace', '|abc', '|abc'],
    ['delete', 'a|bc', 'a|c'],
    ['delete', 'abc|', 'abc|'],
    ['cut-word', 'one two  |x', 'one |x'],
    ['cut-to-start', 'one\ntw|o', '|o'],
    ['cut-to-end', 'o|ne\ntwo', 'o|\ntwo'],
    ['cut-to-end', 'one|\ntwo', 'one|'],
    ['newline', 'a|b', 'a\n|b'],
    ['clear', 'a|b', '|'],
  ])('%s turns %j into %j', (action, before, after) => {
    expect(show(edit(at(before), action))).toBe(after)
  })

  it('puts back what was cut last', () => {
    const cut = edit(edit(at('one two|'), 'cut-word'), 'home')
    expect(show(edit(cut, 'yank'))).toBe('two|one ')
  })

  it('takes hostile text as harmless text', () => {
    expect(show(insert(at('a|b'), '\x1b[31m\u202e'))).toBe('a␛[31m|b')
  })

  it('takes no more than a screen can bear', () => {
    expect(insert(emptyEditor, 'x'.repeat(100_000)).text).toHaveLength(20_000)
  })

  it('moves between lines at the same distance from their start', () => {
    expect(moveLine(at('one\ntw|o'), -1)).toMatchObject({ cursor: 2 })
    expect(moveLine(at('on|e\nt'), 1)).toMatchObject({ cursor: 5 })
    expect(moveLine(at('on|e'), -1)).toBeUndefined()
    expect(moveLine(at('on|e'), 1)).toBeUndefined()
  })

  const actions = fc.constantFrom<EditAction>(
    'left',
    'right',
    'word-left',
    'word-right',
    'home',
    'end',
    'backspace',
    'delete',
    'cut-word',
    'cut-to-start',
    'cut-to-end',
    'yank',
    'newline',
  )
  const acts = fc.array(
    fc.oneof(actions, fc.constantFrom('+a', '+\u0301', '+👍', '+\u200d', '+東 x', '+\r\n')),
    { maxLength: 30 },
  )
  const between = (apply: typeof edit) =>
    fc.property(acts, list => {
      let editor = emptyEditor
      for (const act of list)
        editor = act.startsWith('+') ? insert(editor, act.slice(1)) : apply(editor, act as EditAction)
      const edges = new Set([0])
      let end = 0
      for (const grapheme of graphemes(editor.text)) edges.add((end += grapheme.length))
      return edges.has(editor.cursor)
    })

  it('keeps the cursor between two characters, whatever is done', () => {
    expect(() => {
      fc.assert(between(edit), { numRuns: 2_000 })
    }).not.toThrow()
  })

  it('would be caught if it moved by code units', () => {
    const broken: typeof edit = (editor, action) =>
      action === 'left' ? { ...editor, cursor: Math.max(0, editor.cursor - 1) } : edit(editor, action)
    expect(fc.check(between(broken), { numRuns: 2_000 }).failed).toBe(true)
  })
})

describe('completing a name', () => {
  it.each([
    ['bo|', 'bob: |'],
    ['hi @BO| there', 'hi @bob | there'],
    ['hi car|', 'hi carol |'],
  ])('turns %j into %j', (before, after) => {
    const completed = completeName(at(before), ['bob', 'carol'])
    expect(completed && show(completed)).toBe(after)
  })

  it.each(['|', 'x|', 'bob |'])('leaves %j alone', before => {
    expect(completeName(at(before), ['bob'])).toBeUndefined()
  })
})

describe('the history of the input', () => {
  const history = remember(remember(emptyHistory, 'one'), 'two')

  it('goes back and comes forward to the draft', () => {
    const older = step(history, -1, 'draft')
    expect(older?.text).toBe('two')
    const oldest = step(older?.history ?? history, -1, 'two')
    expect(oldest?.text).toBe('one')
    expect(step(oldest?.history ?? history, -1, 'one')).toBeUndefined()
    const newer = step(oldest?.history ?? history, 1, 'one')
    expect(step(newer?.history ?? history, 1, 'two')?.text).toBe('draft')
  })

  it('keeps a repeated text once, and 200 in all', () => {
    expect(remember(history, 'one').texts).toEqual(['two', 'one'])
    let long = emptyHistory
    for (let count = 0; count < 300; count += 1) long = remember(long, String(count))
    expect(long.texts).toHaveLength(200)
    expect(long.texts.at(-1)).toBe('299')
  })
})

describe('the rows of the input', () => {
  it('wrap at the edge, with a cell for the cursor', () => {
    expect(inputRows('abcdef', 6, 4, 5)).toEqual({ rows: ['abc', 'def'], x: 3, y: 1 })
    expect(inputRows('abc', 3, 4, 5)).toEqual({ rows: ['abc'], x: 3, y: 0 })
  })

  it('show line breaks, and the rows around the cursor', () => {
    expect(inputRows('a\nb\nc', 0, 10, 2)).toEqual({ rows: ['a', 'b'], x: 0, y: 0 })
    expect(inputRows('a\nb\nc', 5, 10, 2)).toEqual({ rows: ['b', 'c'], x: 1, y: 1 })
  })

  it('count wide characters as two cells', () => {
    expect(inputRows('東京', 2, 10, 2)).toEqual({ rows: ['東京'], x: 4, y: 0 })
  })
})
