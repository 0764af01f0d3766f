import { describe, expect, it } from 'vitest'
import { fitLine, lineText, spread, truncateLine } from '../../src/tui/line.ts'
import { createTheme, personStyle, wantsColour } from '../../src/tui/theme.ts'

describe('colour', () => {
  it.each([
    [{ TERM: 'xterm-256color' }, true],
    [{ TERM: 'xterm-256color', NO_COLOR: '1' }, false],
    [{ TERM: 'xterm-256color', NO_COLOR: '' }, true],
    [{ TERM: 'dumb' }, false],
  ])('with %j is wanted: %s', (env, wanted) => {
    expect(wantsColour(env)).toBe(wanted)
  })

  it('is left out without losing what is bold or inverse', () => {
    const line = [['a', 'selected'], ['b', 'error'], ['c']] as const
    expect(createTheme({ colour: true }).paint(line)).toBe('\x1b[7ma\x1b[0m\x1b[31mb\x1b[0mc')
    expect(createTheme({ colour: false }).paint(line)).toBe('\x1b[7ma\x1b[0mbc')
  })

  it('of a name is the same in any case', () => {
    expect(personStyle('Alice')).toBe(personStyle('alice'))
  })
})

describe('a line', () => {
  const line = [['東京', 'bold'], [' plain']] as const

  it('is cut and filled to exact cells, styles kept', () => {
    expect(truncateLine(line, 6)).toEqual([['東京', 'bold'], [' '], ['…']])
    expect(lineText(fitLine(line, 12))).toBe('東京 plain  ')
    expect(lineText(truncateLine(line, 4))).toBe('東…')
    expect(truncateLine(line, 0)).toEqual([])
  })

  it('spreads to both ends, and the left gives way', () => {
    expect(lineText(spread([['left']], [['right']], 12))).toBe('left   right')
    expect(lineText(spread([['long left']], [['right']], 10))).toBe('lon… right')
    expect(lineText(spread([['left']], [['right']], 3))).toBe('ri…')
  })
})
