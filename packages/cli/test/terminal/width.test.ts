import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cellWidth, fit, fitRight, graphemes, truncate } from '../../src/terminal/width.ts'

describe('cellWidth', () => {
  it.each([
    ['', 0],
    ['plain', 5],
    ['東京', 4],
    ['e\u0301', 1],
    ['📈', 2],
    // Terminals show 2 or 4 cells: the larger is planned for.
    ['👍🏽', 4],
    ['\u0602', 1],
  ])('of %j is %i', (text, cells) => {
    expect(cellWidth(text)).toBe(cells)
  })
})

describe('graphemes', () => {
  it('keeps together what an arrow key moves over at once', () => {
    expect(graphemes('ae\u0301👩‍👩‍👧x')).toEqual(['a', 'e\u0301', '👩‍👩‍👧', 'x'])
  })
})

describe('the short way through common text', () => {
  it('finds the same characters as the segmenter', () => {
    const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
    const character = fc
      .oneof(
        ...[
          [0x20, 0x7e],
          [0xa1, 0x2ff],
          [0x20_10, 0x20_5e],
          [0x21_90, 0x25_ff],
          [0x30_41, 0x30_fa],
          [0x4e_00, 0x9f_ff],
          [0xac_00, 0xd7_a3],
        ].map(([min, max]) => fc.integer({ min: min ?? 0, max: max ?? 0 })),
      )
      .map(code => String.fromCharCode(code))
    const property = fc.property(fc.string({ unit: character }), text => {
      const slow = Array.from(segmenter.segment(text), each => each.segment)
      return JSON.stringify(graphemes(text)) === JSON.stringify(slow)
    })
    expect(() => {
      fc.assert(property, { numRuns: 2_000 })
    }).not.toThrow()
  })
})

describe('fitting', () => {
  it('cuts with an ellipsis inside the width', () => {
    expect(truncate('abcdef', 4)).toBe('abc…')
    expect(truncate('東京都', 4)).toBe('東…')
    expect(truncate('abc', 3)).toBe('abc')
    expect(truncate('abc', 0)).toBe('')
  })

  it('fills up to the width on either side', () => {
    expect(fit('ab', 4)).toBe('ab  ')
    expect(fitRight('ab', 4)).toBe('  ab')
    expect(fit('東京都', 4)).toBe('東… ')
  })
})
