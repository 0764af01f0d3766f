import { describe, expect, it } from 'vitest'
import { formatAnswer, formatQuote, formatRefusal } from '../../src/quotes/format.ts'
import type { Quote, QuoteFailure } from '../../src/quotes/source.ts'
import { SYMBOL_FORM } from '../../src/quotes/symbol.ts'
import { refusal } from './scripted-source.ts'

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
    [{ source: 'sample' }, 'AAPL.US quote is $93.42 per share (sample data)'],
    [
      { source: 'sample', symbol: 'TSCO.UK', currency: 'GBX' },
      'TSCO.UK quote is 93.42 GBX per share (sample data)',
    ],
  ])('%j reads %s', (fields, text) => {
    expect(formatQuote(quote(fields))).toBe(text)
  })
})

describe('a refusal', () => {
  it.each<[QuoteFailure, string]>([
    ['not-found', `No quote found for FOO.US. ${SYMBOL_FORM}.`],
    [
      'network',
      'The quote service stooq could not be reached (network). Try again later, or start with --quotes sample.',
    ],
    [
      'timeout',
      'The quote service stooq did not answer in time (timeout). Try again later, or start with --quotes sample.',
    ],
    [
      'rate-limited',
      'The quote service stooq takes no more requests for now (rate-limited). Try again later, or start with --quotes sample.',
    ],
    [
      'malformed',
      'The quote service stooq sent an answer that cannot be read (malformed). Try again later, or start with --quotes sample.',
    ],
    [
      'blocked',
      'The quote service stooq turns programs away (blocked). Start with --quotes sample, or another source.',
    ],
    [
      'gone',
      'The quote service stooq no longer has quotes at this address (gone). Start with --quotes sample, or another source.',
    ],
    [
      'auth',
      'The quote service stooq wants an access key (auth). Start with --quotes sample, or another source.',
    ],
    [
      'http',
      'The quote service stooq answered with an error (http). Try again later, or start with --quotes sample.',
    ],
  ])('%s reads %s', (kind, text) => {
    expect(formatRefusal('foo.us', refusal(kind, 'stooq'))).toBe(text)
  })

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
    expect(formatRefusal('aapl', refusal('not-found', 'stooq'))).toMatch(
      /^No quote found for AAPL\. Did you mean AAPL\.US\? A symbol/,
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
        'B.US: The quote service stooq could not be reached (network). Try again later, or start with --quotes sample.',
    )
  })

  it('share one line where the same failure met all of them', () => {
    const results = [refusal('network', 'stooq'), refusal('network', 'stooq')]
    expect(formatAnswer(['A.US', 'B.US'], results)).toMatch(
      /^The quote service stooq could not be reached[^\n]*$/,
    )
  })
})
