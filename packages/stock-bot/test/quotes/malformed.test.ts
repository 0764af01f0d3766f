import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { QuoteFailure, QuoteResult } from '../../src/quotes/source.ts'
import { stooq } from '../../src/quotes/stooq.ts'
import { startStooqServer } from '../../src/testing/stooq.ts'
import type { StooqFault } from '../../src/testing/stooq-faults.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const FIXTURES = new URL('../fixtures/stooq/', import.meta.url)

/** What a body with status 200 is read as: a price, or a kind of refusal. The file's number is the case's. */
const BODIES: Readonly<Record<string, QuoteFailure | '93.42'>> = {
  '00-as-documented': '93.42',
  '01-empty': 'malformed',
  '02-header-only': 'malformed',
  '03-no-header': '93.42',
  '04-unknown-symbol': 'not-found',
  '04-unknown-symbol-without-its-name': 'not-found',
  '05-no-date-and-volume': '93.42',
  '05-no-volume': '93.42',
  '06-daily-limit': 'rate-limited',
  '06-daily-limit-polish': 'rate-limited',
  '06-daily-limit-under-a-header': 'rate-limited',
  '07-no-data': 'not-found',
  '07-no-data-polish': 'not-found',
  '08-denied': 'blocked',
  '08-denied-polish': 'blocked',
  '09-api-key': 'auth',
  '10-browser-check': 'blocked',
  '10-consent-page': 'blocked',
  '11-php-error-alone': 'malformed',
  '11-php-warnings': '93.42',
  '11-php-warnings-with-tags': '93.42',
  '12-byte-order-mark': '93.42',
  '13-cr-only': '93.42',
  '13-mixed-line-ends': '93.42',
  '14-fewer-columns': '93.42',
  '14-no-close-column': 'malformed',
  '14-other-order': '93.42',
  '14-polish-header': '93.42',
  '15-quoted-name': '93.42',
  '16-price-bare-dot': 'malformed',
  '16-price-empty': 'malformed',
  '16-price-exponent': 'malformed',
  '16-price-grouped': 'malformed',
  '16-price-infinity': 'malformed',
  '16-price-nan': 'malformed',
  '16-price-negative': 'malformed',
  '16-price-plus': 'malformed',
  '16-price-text': 'malformed',
  '16-price-zero': 'malformed',
  '17-decimal-comma-bare': 'malformed',
  '17-decimal-comma-quoted': 'malformed',
  '18-another-symbol': 'malformed',
  '18-another-symbol-besides': 'malformed',
  '19-repeated-row': '93.42',
  '19-two-prices': 'malformed',
  '20-stale': '93.42',
  '21-cut-in-the-header': 'malformed',
  '21-cut-in-the-price': 'malformed',
  '21-cut-in-the-row': 'malformed',
  '27-json': 'malformed',
  '27-json-array': 'malformed',
  '28-latin2-name': '93.42',
}

const never = new AbortController().signal

async function ask(response: () => Response): Promise<QuoteResult | undefined> {
  const [result] = await stooq({ fetch: () => Promise.resolve(response()) }).quotes(['AAPL.US'], {
    signal: never,
  })
  return result
}

const verdict = (result: QuoteResult | undefined): string | undefined =>
  result?.ok ? result.quote.price : result?.kind

describe('a body with status 200', () => {
  it('is in the table for every fixture', () => {
    const files = readdirSync(FIXTURES).filter(name => name.endsWith('.txt'))
    expect(files.map(name => name.replace('.txt', '')).toSorted()).toEqual(Object.keys(BODIES).toSorted())
  })

  it.each(Object.entries(BODIES))('%s is read as %s', async (name, expected) => {
    const body = readFileSync(new URL(`${name}.txt`, FIXTURES))
    expect(verdict(await ask(() => new Response(body)))).toBe(expected)
  })

  it('is a web page whatever its content type says', async () => {
    const page = readFileSync(new URL('10-browser-check.txt', FIXTURES))
    for (const type of ['text/csv', 'image/png', 'text/html']) {
      expect(verdict(await ask(() => new Response(page, { headers: { 'content-type': type } })))).toBe(
        'blocked',
      )
    }
  })

  it('tells how old its price is', async () => {
    const body = readFileSync(new URL('20-stale.txt', FIXTURES))
    const result = await ask(() => new Response(body))
    expect(result).toMatchObject({ ok: true, quote: { at: Date.parse('2019-03-01T21:00:00Z') } })
  })
})

/** Cases 21 to 26: what only a real connection can do wrong. */
const OVER_HTTP: readonly (readonly [number, StooqFault, QuoteFailure])[] = [
  [21, 'length', 'malformed'],
  [21, 'short', 'malformed'],
  [22, 'endless', 'malformed'],
  [23, 'gzip', 'malformed'],
  [24, 'redirect', 'http'],
  [25, 'busy', 'http'],
  [25, 'gone', 'gone'],
  [25, 'too-many', 'rate-limited'],
  [10, 'challenge', 'blocked'],
  [10, 'challenge-as-csv', 'blocked'],
  [6, 'limit', 'rate-limited'],
  [18, 'mixed', 'malformed'],
  [0, 'reset', 'network'],
  [0, 'garbage', 'malformed'],
]

const DEADLINE_CASES = ['slow', 'drip'] as const

describe('over HTTP', () => {
  it.each(OVER_HTTP)('case %i, %s, is %s', async (_, fault, kind) => {
    await using server = await startStooqServer({ fault })
    const [result] = await stooq({ baseUrl: server.url }).quotes(['AAPL.US'], { signal: never })
    expect(verdict(result)).toBe(kind)
    expect(server.requests).toHaveLength(1)
  })

  it('case 22: an endless answer ends at 64 KiB, and the connection with it', async () => {
    await using server = await startStooqServer({ fault: 'endless' })
    const [result] = await stooq({ baseUrl: server.url }).quotes(['AAPL.US'], { signal: never })
    expect(result).toMatchObject({ ok: false, detail: 'an answer of more than 65536 bytes' })
    await expect(server.requests[0]?.closed).resolves.toBe('aborted')
  })

  it.each(DEADLINE_CASES)('case 26: the deadline ends a server that is %s', async fault => {
    const clock = new VirtualClock()
    await using server = await startStooqServer({ fault })
    const seen = server.nextRequest()
    const answer = stooq({ baseUrl: server.url, timeout: 5_000, clock }).quotes(['AAPL.US'], {
      signal: never,
    })
    const request = await seen
    await clock.advance(4_999)
    expect(clock.pending).toBe(1)
    await clock.advance(1)
    expect(await answer).toMatchObject([{ ok: false, kind: 'timeout' }])
    await expect(request.closed).resolves.toBe('aborted')
    expect(clock.pending).toBe(0)
  })

  it('case 26: the deadline counts after the headers have come too', async () => {
    const clock = new VirtualClock()
    await using server = await startStooqServer({ fault: 'drip' })
    const headersCame = Promise.withResolvers<void>()
    const source = stooq({
      baseUrl: server.url,
      timeout: 5_000,
      clock,
      async fetch(url, init) {
        const response = await fetch(url, init)
        headersCame.resolve()
        return response
      },
    })
    const answer = source.quotes(['AAPL.US'], { signal: never })
    await headersCame.promise
    await Promise.resolve()
    await clock.advance(5_000)
    expect(await answer).toMatchObject([{ kind: 'timeout' }])
    await expect(server.requests[0]?.closed).resolves.toBe('aborted')
  })

  it('a port where nobody listens is a network failure that names the reason', async () => {
    const server = await startStooqServer()
    await server.close()
    const [result] = await stooq({ baseUrl: server.url }).quotes(['AAPL.US'], { signal: never })
    expect(result).toMatchObject({
      ok: false,
      kind: 'network',
      detail: expect.stringContaining('ECONNREFUSED'),
    })
  })
})

it('each of the 27 ways to answer wrongly has a case', () => {
  const numbers = [
    ...Object.keys(BODIES).map(name => Number.parseInt(name, 10)),
    ...OVER_HTTP.map(([number]) => number),
  ]
  const covered = new Set([...numbers, ...DEADLINE_CASES.map(() => 26)])
  expect(Array.from({ length: 27 }, (_, index) => index + 1).filter(number => !covered.has(number))).toEqual(
    [],
  )
})

describe('a status', () => {
  it.each([
    [401, 'auth'],
    [403, 'blocked'],
    [404, 'gone'],
    [410, 'gone'],
    [429, 'rate-limited'],
    [451, 'blocked'],
    [500, 'http'],
    [304, 'http'],
  ] as const)('%i is %s, even with quotes under it', async (status, kind) => {
    const body = status === 304 ? null : readFileSync(new URL('00-as-documented.txt', FIXTURES))
    expect(verdict(await ask(() => new Response(body, { status })))).toBe(kind)
  })

  it('is enough: the body under an error is not read', async () => {
    const endless = new ReadableStream({ pull: () => new Promise(() => undefined) })
    expect(verdict(await ask(() => new Response(endless, { status: 503 })))).toBe('http')
  })

  it('204 is an empty answer', async () => {
    expect(verdict(await ask(() => new Response(null, { status: 204 })))).toBe('malformed')
  })

  it('503 is the browser check where the header says so', async () => {
    const headers = { 'cf-mitigated': 'challenge' }
    expect(verdict(await ask(() => new Response('', { status: 503, headers })))).toBe('blocked')
  })

  it.each([
    ['120', 120_000],
    ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
    ['-1', undefined],
  ])('passes Retry-After %s on as %s', async (header, retryAfterMs) => {
    const result = await ask(() => new Response('', { status: 429, headers: { 'retry-after': header } }))
    expect(result).toMatchObject({ ok: false, kind: 'rate-limited' })
    expect(result).toHaveProperty('ok', false)
    expect(result && 'retryAfterMs' in result ? result.retryAfterMs : undefined).toBe(retryAfterMs)
  })
})
