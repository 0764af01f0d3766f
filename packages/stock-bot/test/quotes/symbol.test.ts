import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_SYMBOLS, parseSymbols, SYMBOL_FORM, type ParsedSymbols } from '../../src/quotes/symbol.ts'

describe('a symbol', () => {
  it.each(['aapl.us', 'brk-b.us', '^spx', 'cl.f', 'eurusd', '7203.jp', 'btc.v', '10usy.b', 'a', 'x_y.us'])(
    'may be %s, and is shown in upper case',
    text => {
      expect(parseSymbols(text)).toEqual({ ok: true, symbols: [text.toUpperCase()] })
    },
  )

  it.each([
    ['an empty text', ''],
    ['blanks', ' \t '],
    ['commas only', ',,'],
    ['a path', '../etc'],
    ['two dots', 'a..b'],
    ['a dot at the end', 'aapl.'],
    ['a dot in front', '.us'],
    ['a hat alone', '^'],
    ['two hats', '^^spx'],
    ['200 characters', 'a'.repeat(200)],
    ['21 characters', 'a'.repeat(21)],
    ['5,000 characters', 'aapl.us '.repeat(600)],
    ['an emoji', '🚀'],
    ['an emoji behind a symbol', 'aapl🚀'],
    ['another parameter', 'aapl.us&f=x'],
    ['a fragment', 'aapl.us#x'],
    ['an encoded line end', 'aapl%0d%0a'],
    ['a null', 'aapl\u0000'],
    ['a dotless i, whose upper case is I', 'ıbm.us'],
    ['a long s, whose upper case is S', 'ſpx'],
    ['full-width letters', 'ＡＡＰＬ'],
    ['HTML', '<b>aapl</b>'],
  ])('may not be %s, and the message shows the accepted form', (_, text) => {
    const parsed = parseSymbols(text)
    expect(parsed).toMatchObject({ ok: false, message: expect.stringContaining(SYMBOL_FORM) })
  })

  it('is repeated in the message only shortened and without control characters', () => {
    expect(parseSymbols(`\u001B[2J${'x'.repeat(200)}`)).toMatchObject({
      message: `"·[2J${'x'.repeat(20)}…" is not a symbol. ${SYMBOL_FORM}.`,
    })
  })
})

describe('several symbols', () => {
  it.each([
    'AAPL.US,MSFT.US',
    'aapl.us msft.us',
    'aapl.us+msft.us',
    ' aapl.us , MSFT.US, ',
    'aapl.us\nmsft.us',
  ])('may be written %j', text => {
    expect(parseSymbols(text)).toEqual({ ok: true, symbols: ['AAPL.US', 'MSFT.US'] })
  })

  it('are each asked once', () => {
    expect(parseSymbols('aapl.us,AAPL.US,msft.us')).toEqual({ ok: true, symbols: ['AAPL.US', 'MSFT.US'] })
  })

  it('may be ten and no more', () => {
    const symbols = Array.from({ length: MAX_SYMBOLS + 1 }, (_, index) => `X${index}.US`)
    expect(parseSymbols(symbols.slice(1).join())).toMatchObject({ ok: true })
    expect(parseSymbols(symbols.join())).toMatchObject({
      ok: false,
      message: expect.stringContaining('At most 10 symbols at once, and these are 11.'),
    })
  })

  it('are refused together when one is wrong', () => {
    expect(parseSymbols('aapl.us,../etc')).toMatchObject({
      ok: false,
      message: expect.stringContaining('"../etc"'),
    })
  })
})

describe('whatever is typed', () => {
  const typed = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[\^a-z0-9._\- ,+&=/%]{0,40}$/))
  const isSafe = (parse: (text: string) => ParsedSymbols) =>
    fc.property(typed, text => {
      const parsed = parse(text)
      if (!parsed.ok) return parsed.message.includes(SYMBOL_FORM)
      return parsed.symbols.every(
        symbol => /^\^?[A-Z0-9][A-Z0-9._-]{0,19}$/.test(symbol) && !symbol.includes('..'),
      )
    })

  it('what comes through is short and safe in a URL', () => {
    fc.assert(isSafe(parseSymbols), { numRuns: 2_000 })
  })

  it('would be caught if any run of the allowed characters were let through', () => {
    const lax = (text: string): ParsedSymbols => {
      const symbol = text.trim().toUpperCase()
      return /^[\^A-Z0-9._-]{1,20}$/.test(symbol)
        ? { ok: true, symbols: [symbol] }
        : { ok: false, message: SYMBOL_FORM }
    }
    expect(fc.check(isSafe(lax), { numRuns: 2_000 }).failed).toBe(true)
  })
})
