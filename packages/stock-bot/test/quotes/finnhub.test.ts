import { describe, expect, it } from 'vitest'
import { finnhub, type FinnhubOptions } from '../../src/quotes/finnhub.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import type { QuoteResult } from '../../src/quotes/source.ts'

const never = new AbortController().signal

async function ask(
  response: () => Response,
  symbols: readonly string[] = ['AAPL.US'],
  options: Partial<FinnhubOptions> = {},
) {
  const requests: { url: string; headers: Headers }[] = []
  const source = finnhub({
    key: 'k3y',
    clock: new VirtualClock(),
    fetch(url, init) {
      requests.push({ url, headers: new Headers(init.headers) })
      return Promise.resolve(response())
    },
    ...options,
  })
  const results: readonly QuoteResult[] = await source.quotes(symbols, { signal: never })
  return { requests, results, source }
}

const json = (body: string) => (): Response => new Response(body)

describe('Finnhub', () => {
  it('is asked for the ticker, with the key in a header', async () => {
    const { requests, results } = await ask(
      json('{"c":93.420,"d":1,"dp":1.2,"h":94,"l":91,"o":92,"pc":92,"t":1769633998}'),
    )
    expect(requests.map(({ url }) => url)).toEqual(['https://finnhub.io/api/v1/quote?symbol=AAPL'])
    expect(requests[0]?.headers.get('x-finnhub-token')).toBe('k3y')
    expect(results).toEqual([
      {
        ok: true,
        quote: {
          symbol: 'AAPL.US',
          price: '93.420',
          currency: 'USD',
          at: 1_769_633_998_000,
          source: 'finnhub',
        },
      },
    ])
  })

  it.each([
    [7 * 86_400, undefined],
    [7 * 86_400 + 1, true],
  ])('marks a price of %i s ago as outdated: %s', async (age, outdated) => {
    const t = Date.UTC(2026, 0, 1) / 1_000 - age
    const { results } = await ask(json(`{"c":1,"t":${t}}`))
    expect(results.map(result => result.ok && result.quote.outdated)).toEqual([outdated])
  })

  it('is not asked with less than 500 ms to the deadline', async () => {
    const clock = new VirtualClock()
    const source = finnhub({ key: 'k', clock, fetch: () => Promise.reject(new Error('asked')) })
    expect(await source.quotes(['AAPL.US'], { signal: never, deadline: clock.now() + 499 })).toMatchObject([
      { ok: false, kind: 'timeout', source: 'finnhub', unasked: true },
    ])
  })

  it('writes share classes its own way', async () => {
    const { requests } = await ask(json('{"c":1}'), ['brk-b.us'])
    expect(requests[0]?.url).toMatch(/symbol=BRK\.B$/)
  })

  it.each(['TSCO.UK', '^SPX', 'EURUSD', 'CL.F', 'A.B.US'])('is not asked for %s', async symbol => {
    const { requests, results, source } = await ask(json('{"c":1}'), [symbol])
    expect(requests).toEqual([])
    expect(results).toMatchObject([{ kind: 'not-found' }])
    expect(source.covers?.(symbol)).toBe(false)
  })

  it.each([
    ['zeros', '{"c":0,"d":null,"dp":null,"h":0,"l":0,"o":0,"pc":0,"t":0}', 'not-found'],
    ['null', '{"c":null}', 'not-found'],
    ['no price', '{"error":"\\"c\\":5"}', 'malformed'],
    ['a price in text', '{"c":"5"}', 'malformed'],
    ['a negative price', '{"c":-5}', 'malformed'],
    ['an exponent', '{"c":1e9}', 'malformed'],
    ['another c before it', '{"x":{"c":7},"c":5}', 'malformed'],
    ['a list', '[]', 'malformed'],
    ['null alone', 'null', 'malformed'],
    ['nothing', '', 'malformed'],
    ['a web page', '<!doctype html>', 'blocked'],
  ])('%s is %s', async (_, body, kind) => {
    expect((await ask(json(body))).results).toMatchObject([{ ok: false, kind }])
  })

  it.each([
    [401, {}, 'auth', undefined],
    [403, {}, 'auth', undefined],
    [429, {}, 'rate-limited', 60_000],
    [429, { 'retry-after': '5' }, 'rate-limited', 5_000],
    [500, {}, 'http', undefined],
  ] as const)('status %i with %j is %s', async (status, headers, kind, retryAfterMs) => {
    const { results } = await ask(() => new Response('', { status, headers }))
    const expected = { ok: false, kind, source: 'finnhub', detail: `status ${status}` }
    expect(results).toEqual([retryAfterMs === undefined ? expected : { ...expected, retryAfterMs }])
  })

  it.each(['', 'a b', 'k\n'])('refuses the key %j without repeating it', key => {
    expect(() => finnhub({ key })).toThrow(new TypeError('key must be printable ASCII without spaces'))
  })
})
