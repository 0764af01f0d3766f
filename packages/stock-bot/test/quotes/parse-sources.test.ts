import { describe, expect, it } from 'vitest'
import { parseQuoteSources, QuoteSourcesError } from '../../src/quotes/parse-sources.ts'
import { SAMPLE_PRICES, sampleQuotes } from '../../src/quotes/sample.ts'
import { isSymbol } from '../../src/quotes/symbol.ts'
import { isPrice } from '../../src/quotes/decimal.ts'
import { startStooqServer } from '../../src/testing/stooq.ts'

const never = new AbortController().signal

describe('the list of sources', () => {
  it.each([
    ['stooq', ['stooq']],
    ['sample', ['sample']],
    ['stooq,finnhub', ['stooq', 'finnhub']],
    [' Stooq , sample ', ['stooq', 'sample']],
    ['http://127.0.0.1:8080/,sample', ['http://127.0.0.1:8080', 'sample']],
    ['https://a.example/x/,https://a.example/y', ['https://a.example/x', 'https://a.example/y']],
  ])('%j is %j', (text, names) => {
    expect(parseQuoteSources(text, { env: { FINNHUB_API_KEY: 'k' } }).map(({ name }) => name)).toEqual(names)
  })

  it.each([
    ['', 'No quote source is named.'],
    [' , ', 'No quote source is named.'],
    ['stoq', 'Unknown quote source "stoq".'],
    ['stooq,finance', 'Unknown quote source "finance".'],
    ['stooq,STOOQ', 'The quote source stooq is named twice.'],
    ['http://', "A quote source's address is not a valid URL."],
    ['stooq,finnhub', 'finnhub needs its access key in FINNHUB_API_KEY, which is not set.'],
    ['ftp://x', 'Unknown quote source "ftp://x".'],
    ['https://me:hunter2@a.example', 'The address of a.example must not hold a user name, password'],
    ['https://a.example/?k=hunter2', 'must not hold a user name, password, query or fragment.'],
  ])('%j is refused, and the message says what may stand there', (text, message) => {
    const parse = (): unknown => parseQuoteSources(text, { env: {} })
    expect(parse).toThrow(QuoteSourcesError)
    expect(parse).toThrow(message)
    expect(parse).toThrow('--quotes takes stooq, finnhub, sample, or the http:// or https:// address')
    expect(parse).not.toThrow('hunter2')
  })

  it('refuses a key that cannot be sent, without repeating it', () => {
    const parse = (): unknown => parseQuoteSources('finnhub', { env: { FINNHUB_API_KEY: 'hunter2 ö' } })
    expect(parse).toThrow('where something is that cannot be one')
    expect(parse).not.toThrow('hunter2')
  })

  it('makes an address a client that speaks to it', async () => {
    await using server = await startStooqServer()
    const [source] = parseQuoteSources(server.url)
    expect(await source?.quotes(['AAPL.US'], { signal: never })).toMatchObject([
      { ok: true, quote: { price: '93.42', source: server.url } },
    ])
  })
})

describe('the sample data', () => {
  it('has well-formed symbols and prices, the same at every start', async () => {
    const symbols = Object.keys(SAMPLE_PRICES)
    expect(symbols.length).toBeGreaterThan(50)
    expect(symbols.filter(symbol => !isSymbol(symbol))).toEqual([])
    expect(Object.values(SAMPLE_PRICES).filter(price => !isPrice(price))).toEqual([])
    const ask = (): Promise<unknown> => sampleQuotes().quotes(symbols, { signal: never })
    expect(await ask()).toEqual(await ask())
  })

  it('knows no other symbol', async () => {
    expect(await sampleQuotes().quotes(['FOO.US', 'constructor'], { signal: never })).toMatchObject([
      { ok: false, kind: 'not-found', source: 'sample' },
      { ok: false, kind: 'not-found', source: 'sample' },
    ])
  })
})
