import { describe, expect, it } from 'vitest'
import { formatAnswer, formatQuote, formatRefusal } from '../../src/quotes/format.ts'
import { chainQuotes } from '../../src/quotes/chain.ts'
import type { Quote, QuoteFailure } from '../../src/quotes/source.ts'
import { SYMBOL_FORM } from '../../src/quotes/symbol.ts'
import { fixedSource, refusal } from './scripted-source.ts'

const quote = (fields: Partial<Quote>): Quote => ({
  symbol: 'AAPL.US',
  price: '93.42',
  currency: 'USD',
  at: undefined,
  source: 'stooq',
  ...fields,
})

describe('a quote', () => {
  it.each<[Partial<Quote>, string]>([
    [{}, 'AAPL.US quote is $93.42 per share'],
    [{ symbol: 'aapl.us' }, 'AAPL.US quote is $93.42 per share'],
    [{ price: '93.4' }, 'AAPL.US quote is $93.40 per share'],
    [{ price: '93.415' }, 'AAPL.US quote is $93.42 per share'],
    [{ symbol: 'TSCO.UK', price: '412.3', currency: 'GBX' }, 'TSCO.UK quote is 412.30 GBX per share'],
    [{ symbol: 'CL.F', price: '71.24', currency: undefined }, 'CL.F quote is 71.24 per share'],
    [{ symbol: '^SPX', price: '5751.13', currency: undefined }, '^SPX quote is 5751.13'],
    [{ source: 'sample' }, 'AAPL.US quote is $93.42 per share (sample data)'],
    [
      { source: 'sample', symbol: 'TSCO.UK', currency: 'GBX' },
      'TSCO.UK quote is 93.42 GBX per share (sample data)',
    ],
    [
      { outdated: true, at: Date.parse('2019-03-01T21:00:00Z') },
      'AAPL.US quote is $93.42 per share (price of 2019-03-01)',
    ],
    [{ outdated: true, at: 1e300 }, 'AAPL.US quote is $93.42 per share (price of long ago)'],
  ])('%j reads %s', (fields, text) => {
    expect(formatQuote(quote(fields))).toBe(text)
  })

  it.each([
    [0, ''],
    [999, ''],
    [1_000, ' (1 s ago)'],
    [89_999, ' (89 s ago)'],
    [119_999, ' (1 min ago)'],
  ])('of %i ms ago reads so only where its age is asked for: "%s"', (ageMs, age) => {
    const results = [{ ok: true, quote: quote({}), ageMs } as const]
    const text = 'AAPL.US quote is $93.42 per share'
    expect(formatAnswer(['AAPL.US'], results)).toBe(text)
    expect(formatAnswer(['AAPL.US'], results, { showAge: true })).toBe(text + age)
  })

  it('has its marks in one pair of brackets', () => {
    const old = quote({ source: 'sample', outdated: true, at: 0 })
    expect(formatQuote(old, 45_000)).toBe(
      'AAPL.US quote is $93.42 per share (sample data, price of 1970-01-01, 45 s ago)',
    )
  })
})

describe('a refusal', () => {
  const OTHERS = '(finnhub, sample, or an address)'
  const ADDRESS = 'http://127.0.0.1:8080'

  it.each<[string, QuoteFailure, string]>([
    ['stooq', 'not-found', 'No quote found for FOO.US.'],
    [
      'stooq',
      'network',
      `could not be reached (network). Try again later, or add a source to --quotes ${OTHERS}.`,
    ],
    [
      'stooq',
      'timeout',
      `did not answer in time (timeout). Try again later, or add a source to --quotes ${OTHERS}.`,
    ],
    [
      'stooq',
      'rate-limited',
      `takes no more requests for now (rate-limited). Try again later, or add a source to --quotes ${OTHERS}.`,
    ],
    [
      'stooq',
      'malformed',
      `sent an answer that cannot be read (malformed). Try again later, or add a source to --quotes ${OTHERS}.`,
    ],
    [
      'stooq',
      'http',
      `answered with an error (http). Try again later, or add a source to --quotes ${OTHERS}.`,
    ],
    ['stooq', 'blocked', `turns programs away (blocked). Name another source in --quotes ${OTHERS}.`],
    [
      'stooq',
      'gone',
      `no longer has quotes at this address (gone). Name another source in --quotes ${OTHERS}.`,
    ],
    ['stooq', 'auth', `wants an access key (auth). Name another source in --quotes ${OTHERS}.`],
    ['finnhub', 'auth', 'wants an access key (auth). Set FINNHUB_API_KEY to a valid key.'],
    [
      'finnhub',
      'rate-limited',
      'takes no more requests for now (rate-limited). Try again later, or set FINNHUB_API_KEY to a key with a higher limit.',
    ],
    [
      'finnhub',
      'blocked',
      'turns programs away (blocked). Name another source in --quotes (sample, or an address).',
    ],
    [
      'finnhub',
      'network',
      'could not be reached (network). Try again later, or add a source to --quotes (sample, or an address).',
    ],
    [
      ADDRESS,
      'network',
      'could not be reached (network). Try again later, or check its address in --quotes.',
    ],
    [ADDRESS, 'gone', 'no longer has quotes at this address (gone). Check its address in --quotes.'],
    [ADDRESS, 'blocked', `turns programs away (blocked). Name another source in --quotes ${OTHERS}.`],
  ])('of %s for %s says so, and which setting would help', (source, kind, text) => {
    const whole = kind === 'not-found' ? text : `The quote service ${source} ${text}`
    expect(formatRefusal('foo.us', refusal(kind, source))).toBe(whole)
  })

  it('of a chain that was given up names all of it', () => {
    expect(formatRefusal('A.US', refusal('timeout', 'stooq,sample'))).toBe(
      'The quote services stooq,sample did not answer in time (timeout). Try again later, or add a source to --quotes (finnhub, or an address).',
    )
  })

  it('says so where nobody could be asked any more', () => {
    expect(formatRefusal('A.US', { ...refusal('timeout', 'stooq'), unasked: true })).toBe(
      'The command expired before a quote service could be asked (timeout). Try again.',
    )
  })

  const KINDS = [
    'rate-limited',
    'blocked',
    'gone',
    'auth',
    'malformed',
    'timeout',
    'network',
    'http',
  ] as const

  it.each(KINDS)(
    'of three sources for %s names each, its reason and its setting, in a chat line',
    async kind => {
      const names = ['stooq', 'finnhub', `http://${'long.'.repeat(60)}example`]
      const chain = chainQuotes(names.map(name => fixedSource(name, kind)))
      const results = await chain.quotes(['A.US'], { signal: new AbortController().signal })
      const text = formatAnswer(['A.US'], results)
      const each = text.slice('No quote service answered: '.length).split('; ')
      expect(each.map(part => part.split(' ')[0])).toEqual([
        'stooq',
        'finnhub',
        expect.stringMatching(/^http:.*…$/),
      ])
      for (const part of each) {
        expect(part).toContain(`(${kind}) – `)
        expect(part).toMatch(/--quotes|FINNHUB_API_KEY/)
      }
      expect(text.length).toBeLessThan(420)
      expect(text).not.toContain('\n')
    },
  )

  it('names the status', () => {
    expect(formatRefusal('A.US', { ...refusal('http', 'stooq'), detail: 'status 503' })).toContain(
      '(http, status 503)',
    )
  })

  it.each([
    [1, 'in 1 s'],
    [20_000, 'in 20 s'],
    [89_500, 'in 2 min'],
    [900_000, 'in 15 min'],
    [0, 'later'],
  ])('with %i ms to wait says %s', (retryAfterMs, when) => {
    expect(formatRefusal('A.US', { ...refusal('network', 'stooq'), retryAfterMs })).toContain(
      `Try again ${when}, or`,
    )
  })

  it('asks whether a bare symbol was meant to be a listing in the United States', () => {
    expect(formatRefusal('aapl', refusal('not-found', 'stooq'))).toBe(
      'No quote found for AAPL. Did you mean AAPL.US?',
    )
  })

  it('tells the form of a symbol where it names no market and is not one of the United States either', () => {
    expect(formatRefusal('eurusd', refusal('not-found', 'stooq'))).toBe(
      `No quote found for EURUSD. ${SYMBOL_FORM}.`,
    )
  })

  it('is marked when it comes from the sample data', () => {
    expect(formatRefusal('FOO.US', refusal('not-found', 'sample'))).toMatch(
      /^No quote found .* \(sample data\)$/,
    )
  })
})

describe('several symbols', () => {
  it('have a line each, in their order', () => {
    const symbols = ['A.US', 'FOO.US', 'B.US']
    const results = [
      { ok: true, quote: quote({ symbol: 'A.US' }) } as const,
      refusal('not-found', 'stooq'),
      refusal('network', 'stooq'),
    ]
    expect(formatAnswer(symbols, results)).toBe(
      'A.US quote is $93.42 per share\n' +
        'No quote found for FOO.US.\n' +
        'B.US: The quote service stooq could not be reached (network). Try again later, or add a source to --quotes (finnhub, sample, or an address).',
    )
  })

  it('share one line where the same failure met all of them', () => {
    const results = [refusal('network', 'stooq'), refusal('network', 'stooq')]
    expect(formatAnswer(['A.US', 'B.US'], results)).toMatch(
      /^The quote service stooq could not be reached[^\n]*$/,
    )
  })
})
