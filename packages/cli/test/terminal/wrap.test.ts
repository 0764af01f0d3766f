import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cellWidth } from '../../src/terminal/width.ts'
import { wrapText } from '../../src/terminal/wrap.ts'

const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(' ', '  ', '\n', 'word', 'a', '東京', '👍🏽', 'e\u0301', 'averyverylongword', '👩‍👩‍👧'),
      fc.string({ unit: 'grapheme', maxLength: 4 }),
    ),
    { maxLength: 20 },
  )
  .map(parts => parts.join(''))

const letters = (rows: readonly string[]): string => rows.join('').replaceAll(/\s/g, '')

/** Rows fit, and nothing but white space is lost where every character has room. */
const wraps = (wrap: typeof wrapText) =>
  fc.property(text, fc.integer({ min: 1, max: 20 }), (line, columns) => {
    const rows = wrap(line, columns)
    const fits = rows.every(row => cellWidth(row) <= columns)
    const whole = columns < 2 || letters(rows) === letters([line])
    return fits && whole && rows.length >= line.split('\n').length
  })

describe('wrapText', () => {
  it('gives rows that fit and loses nothing', () => {
    expect(() => {
      fc.assert(wraps(wrapText), { numRuns: 2_000 })
    }).not.toThrow()
  })

  it('is more than cutting every so many units', () => {
    const broken: typeof wrapText = (line, columns) =>
      line.split('\n').flatMap(each => each.match(new RegExp(`.{1,${columns}}`, 'g')) ?? [''])
    expect(fc.check(wraps(broken), { numRuns: 500 }).failed).toBe(true)
  })

  it('breaks at the last space that fits', () => {
    expect(wrapText('the quick brown fox', 10)).toEqual(['the quick', 'brown fox'])
  })

  it('breaks a long word between characters', () => {
    expect(wrapText('see https://example.com/a', 10)).toEqual(['see', 'https://ex', 'ample.com/', 'a'])
  })

  it('breaks East Asian text anywhere', () => {
    expect(wrapText('東京は晴れ', 4)).toEqual(['東京', 'は晴', 'れ'])
  })

  it('keeps line breaks and the indentation of code', () => {
    expect(wrapText('if x:\n    y\n\nz', 10)).toEqual(['if x:', '    y', '', 'z'])
  })

  it('shows a character that no row could hold as a dot', () => {
    expect(wrapText('a東b', 1)).toEqual(['a', '·', 'b'])
  })

  it('takes a word of a hundred thousand letters in its stride', () => {
    expect(wrapText('x'.repeat(100_000), 80)).toHaveLength(1_250)
  })

  it.each([0, -1, 1.5, Number.NaN])('refuses a width of %d', columns => {
    expect(() => wrapText('x', columns)).toThrow(RangeError)
  })
})
