import { expect, it } from 'vitest'
import { parseCsv } from '../../src/quotes/csv.ts'

it.each([
  ['nothing', '', []],
  ['blank lines', '\r\n \n\r', []],
  ['one cell', 'a', [['a']]],
  ['CRLF, LF and CR', 'a,b\r\nc,d\ne,f\rg', [['a', 'b'], ['c', 'd'], ['e', 'f'], ['g']]],
  [
    'empty cells',
    ',\r\na,,',
    [
      ['', ''],
      ['a', '', ''],
    ],
  ],
  ['a quoted comma and quote', '"a, ""b""",c', [['a, "b"', 'c']]],
  ['a quoted line end', '"a\r\nb",c', [['a\r\nb', 'c']]],
  ['a quote inside a cell', 'a"b,c', [['a"b', 'c']]],
  ['a quote that is never closed', '"a,b\r\nc', [['a,b\r\nc']]],
  ['blanks around cells', ' a , "b" ', [['a', 'b']]],
])('reads %s', (_, text, rows) => {
  expect(parseCsv(text)).toEqual(rows)
})

it('reads a megabyte of quotes in one cell in linear time', () => {
  // Quadratic, this takes most of a minute, and the test's time is up.
  expect(parseCsv(`x${'"'.repeat(1_048_576)}`)).toHaveLength(1)
})
