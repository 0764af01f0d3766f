import { expect, it } from 'vitest'
import { parseStooq } from '../../src/quotes/parse.ts'
import { stooq, stooqQuery } from '../../src/quotes/stooq.ts'
import { startStooqServer } from '../../src/testing/stooq.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const never = new AbortController().signal

it('asks once for all symbols, in lower case, joined with a bare plus', async () => {
  const pricesAt = Date.parse('2026-01-28T21:00:00Z')
  await using server = await startStooqServer({ pricesAt })
  const clock = new VirtualClock(pricesAt)
  const results = await stooq({ baseUrl: server.url, clock }).quotes(['AAPL.US', '^SPX', 'BRK-B.US'], {
    signal: never,
  })
  expect(server.requests.map(({ url }) => url)).toEqual([
    '/q/l/?s=aapl.us+%5Espx+brk-b.us&f=sd2t2ohlcv&h&e=csv',
  ])
  expect(results).toEqual([
    {
      ok: true,
      quote: {
        symbol: 'AAPL.US',
        price: '93.42',
        currency: 'USD',
        at: pricesAt,
        source: 'stooq',
      },
    },
    expect.objectContaining({ quote: expect.objectContaining({ symbol: '^SPX', currency: undefined }) }),
    expect.objectContaining({ quote: expect.objectContaining({ symbol: 'BRK-B.US', price: '441.20' }) }),
  ])
})

it('answers in the order of the symbols, an unknown one among them', async () => {
  await using server = await startStooqServer({ quotes: { 'B.US': '2', 'A.US': '1' } })
  const symbols = ['B.US', 'FOO.US', 'a.us', 'B.US']
  const results = await stooq({ baseUrl: server.url }).quotes(symbols, { signal: never })
  expect(results.map(result => (result.ok ? result.quote.price : result.kind))).toEqual([
    '2',
    'not-found',
    '1',
    '2',
  ])
  expect(server.requests[0]?.symbols).toEqual(['b.us', 'foo.us', 'a.us'])
})

it('says who it is, wants no compression, and keeps no connection', async () => {
  await using server = await startStooqServer()
  await stooq({ baseUrl: server.url, userAgent: 'a-test/1' }).quotes(['AAPL.US'], { signal: never })
  expect(server.requests[0]?.headers).toMatchObject({
    'user-agent': 'a-test/1',
    'accept-encoding': 'identity',
    connection: 'close',
  })
})

it('never asks for nothing', async () => {
  const source = stooq({ fetch: () => Promise.reject(new Error('asked')) })
  await expect(source.quotes([], { signal: never })).resolves.toEqual([])
})

it.each([
  ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/q/l/'],
  ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080/q/l/'],
  ['https://quotes.example/mirror/stooq', 'https://quotes.example/mirror/stooq/q/l/'],
])('speaks to %s', async (baseUrl, endpoint) => {
  const urls: string[] = []
  const fetch = (url: string): Promise<Response> => {
    urls.push(url)
    return Promise.resolve(new Response(''))
  }
  await stooq({ baseUrl, fetch }).quotes(['A.US'], { signal: never })
  expect(urls).toEqual([`${endpoint}?s=a.us&f=sd2t2ohlcv&h&e=csv`])
})

it.each(['ftp://x', 'stooq.com', '', 'https://user:secret@stooq.com', 'https://x/?a'])(
  'refuses the address %j',
  baseUrl => {
    expect(() => stooq({ baseUrl })).toThrow(
      new TypeError(
        'baseUrl must be an http:// or https:// URL without user name, password, query or fragment',
      ),
    )
  },
)

it.each([
  [{ timeout: 0 }, 'timeout must be from 1 to 300000, and is 0'],
  [{ timeout: NaN }, 'timeout must be from 1 to 300000, and is NaN'],
  [{ maxBytes: 1 }, 'maxBytes must be from 1024 to 16777216, and is 1'],
])('refuses the options %j', (options, message) => {
  expect(() => stooq(options)).toThrow(new RangeError(message))
})

it('lets no symbol write into the query', () => {
  expect(stooqQuery(['A&F=X', 'B+C', 'D E'])).toBe('s=a%26f%3Dx+b%2Bc+d%20e&f=sd2t2ohlcv&h&e=csv')
})

it.each(['slow', 'drip'] as const)('an abort reaches the socket of a server that is %s', async fault => {
  const clock = new VirtualClock()
  await using server = await startStooqServer({ fault })
  const seen = server.nextRequest()
  const abort = new AbortController()
  const answer = stooq({ baseUrl: server.url, clock }).quotes(['AAPL.US'], { signal: abort.signal })
  const request = await seen
  abort.abort()
  expect(await answer).toMatchObject([{ ok: false, kind: 'timeout', detail: 'the request was given up' }])
  await expect(request.closed).resolves.toBe('aborted')
  expect(clock.pending).toBe(0)
})

it('a signal that is aborted before sends nothing', async () => {
  await using server = await startStooqServer()
  const results = await stooq({ baseUrl: server.url }).quotes(['A.US', 'B.US'], {
    signal: AbortSignal.abort(),
  })
  expect(results).toMatchObject([{ kind: 'timeout' }, { kind: 'timeout' }])
  expect(server.requests).toEqual([])
})

it.each([
  [500, 1],
  [499, 0],
])('with %i ms to the deadline sends %i requests', async (left, count) => {
  await using server = await startStooqServer()
  const clock = new VirtualClock()
  const source = stooq({ baseUrl: server.url, clock })
  const results = await source.quotes(['AAPL.US'], { signal: never, deadline: clock.now() + left })
  expect(server.requests).toHaveLength(count)
  expect(results.map(result => (result.ok ? 'a quote' : result.unasked))).toEqual([
    count === 1 ? 'a quote' : true,
  ])
  expect(clock.pending).toBe(0)
})

it('the deadline holds for a fetch that ignores its signal', async () => {
  const clock = new VirtualClock()
  const source = stooq({ clock, timeout: 1_000, fetch: () => new Promise(() => undefined) })
  const answer = source.quotes(['A.US'], { signal: never })
  await clock.advance(1_000)
  expect(await answer).toMatchObject([{ kind: 'timeout', detail: 'not an answer within 1000 ms' }])
})

it('leaves no timer after an answer', async () => {
  const clock = new VirtualClock()
  await using server = await startStooqServer()
  await stooq({ baseUrl: server.url, clock }).quotes(['AAPL.US'], { signal: never })
  expect(clock.pending).toBe(0)
  await expect(server.requests[0]?.closed).resolves.toBe('finished')
})

it('reads its price from the column called Close, whatever else is there', async () => {
  const body = 'Symbol,Name,Close,Note\r\nSAP.DE,"SAP, SE",207.85,x\r\n'
  const source = stooq({ fetch: () => Promise.resolve(new Response(body)), name: 'mirror' })
  expect(await source.quotes(['SAP.DE'], { signal: never })).toEqual([
    {
      ok: true,
      quote: { symbol: 'SAP.DE', price: '207.85', currency: 'EUR', at: undefined, source: 'mirror' },
    },
  ])
})

it.each([
  ['AAPL.US', 'USD'],
  ['TSCO.UK', 'GBX'],
  ['SAP.DE', 'EUR'],
  ['7203.JP', 'JPY'],
  ['CL.F', undefined],
  ['BTC.V', undefined],
  ['EURUSD', undefined],
  ['^SPX', undefined],
  ['US', undefined],
  ['X.CONSTRUCTOR', undefined],
])('%s is quoted in %s', async (symbol, currency) => {
  const source = stooq({ fetch: () => Promise.resolve(new Response(`Symbol,Close\n${symbol},1.5`)) })
  expect(await source.quotes([symbol], { signal: never })).toMatchObject([{ ok: true, quote: { currency } }])
})

it('refuses every row of an answer that names a symbol which was not asked for', async () => {
  const source = stooq({ fetch: () => Promise.resolve(new Response('Symbol,Close\nA.US,1\nX.US,2')) })
  expect(await source.quotes(['A.US', 'B.US'], { signal: never })).toMatchObject([
    { kind: 'malformed', detail: 'the answer is about X.US, which was not asked for' },
    { kind: 'malformed' },
  ])
})

it('does not take a missing row for an unknown symbol', async () => {
  const source = stooq({ fetch: () => Promise.resolve(new Response('Symbol,Close\nA.US,1')) })
  expect(await source.quotes(['A.US', 'B.US'], { signal: never })).toMatchObject([
    { ok: true },
    { ok: false, kind: 'malformed', detail: 'no row for this symbol' },
  ])
})

it('reads a text past its byte order mark', () => {
  expect(parseStooq('\uFEFFSymbol,Close\nA.US,1', ['A.US'], 'x')).toMatchObject([{ ok: true }])
})
