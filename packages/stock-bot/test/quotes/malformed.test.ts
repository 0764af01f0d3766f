import { describe, expect, it } from 'vitest'
import { formatAnswer } from '../../src/quotes/format.ts'
import type { QuoteResult } from '../../src/quotes/source.ts'
import { stooq } from '../../src/quotes/stooq.ts'
import { startStooqServer } from '../../src/testing/stooq.ts'
import { STOOQ_FAULTS } from '../../src/testing/stooq-faults.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { BODIES, ENDLESS_WAITS, FAULTS, fixture, FIXTURES, NOW, verdict } from './fuzz/cases.ts'
import { classify } from './fuzz/classify.ts'
import { describeCases } from './fuzz/report.ts'
import { refusal } from './scripted-source.ts'

const never = new AbortController().signal

async function ask(response: () => Response): Promise<QuoteResult | undefined> {
  const source = stooq({ fetch: () => Promise.resolve(response()), clock: new VirtualClock(NOW) })
  const [result] = await source.quotes(['AAPL.US'], { signal: never })
  return result
}

describe('a body with status 200', () => {
  it('is in the table for every fixture', () => {
    expect(FIXTURES.toSorted()).toEqual(Object.keys(BODIES).toSorted())
  })

  it.each(Object.entries(BODIES))('%s is read as %s', async (name, expected) => {
    expect(verdict(await ask(() => new Response(fixture(name))))).toBe(expected)
  })

  it('is a web page whatever its content type says', async () => {
    const page = fixture('10-browser-check')
    for (const type of ['text/csv', 'image/png', 'text/html']) {
      expect(verdict(await ask(() => new Response(page, { headers: { 'content-type': type } })))).toBe(
        'blocked',
      )
    }
  })

  it('tells how old its price is', async () => {
    const result = await ask(() => new Response(fixture('20-stale')))
    expect(result).toMatchObject({ ok: true, quote: { at: Date.parse('2019-03-01T21:00:00Z') } })
    expect(formatAnswer(['AAPL.US'], result ? [result] : [])).toBe(
      'AAPL.US quote is $93.42 per share (price of 2019-03-01)',
    )
  })
})

describe('over HTTP', () => {
  it('each of the 27 ways to answer wrongly is classified', async () => {
    const classified = await classify()
    console.log(describeCases(classified))
    expect(classified.filter(({ missed }) => missed.length > 0)).toEqual([])
    expect(classified.map(({ number }) => number)).toEqual(
      Array.from({ length: 27 }, (_, index) => index + 1),
    )
  })

  it('every fault that the server knows is in the table, and asked about once', async () => {
    expect(FAULTS.map(([, fault]) => fault).toSorted()).toEqual(STOOQ_FAULTS.toSorted())
    for (const [, fault, expected] of FAULTS.filter(([number]) => number === 0)) {
      await using server = await startStooqServer({ fault })
      const [result] = await stooq({ baseUrl: server.url }).quotes(['AAPL.US'], { signal: never })
      expect(verdict(result)).toBe(expected)
      expect(server.requests).toHaveLength(1)
    }
  })

  it('would be caught if one of the 27 were read as something else', async () => {
    const gullible: typeof stooq = options => {
      const source = stooq(options)
      return {
        ...source,
        quotes: async (symbols, asked) => {
          const results = await source.quotes(symbols, asked)
          return results.map(each =>
            each.ok || each.kind !== 'auth' ? each : refusal('blocked', each.source),
          )
        },
      }
    }
    const classified = await classify(gullible)
    expect(describeCases(classified)).toContain('26 of 27 classified')
    expect(classified.filter(({ missed }) => missed.length > 0).map(({ number }) => number)).toEqual([9])
  })

  it('case 22: an endless answer ends at 64 KiB, and the connection with it', async () => {
    await using server = await startStooqServer({ fault: 'endless' })
    const [result] = await stooq({ baseUrl: server.url }).quotes(['AAPL.US'], { signal: never })
    expect(result).toMatchObject({ ok: false, detail: 'an answer of more than 65536 bytes' })
    await expect(server.requests[0]?.closed).resolves.toBe('aborted')
  })

  it.each([...ENDLESS_WAITS])('case 26: the deadline ends a server that is %s', async fault => {
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
    const body = status === 304 ? null : fixture('00-as-documented')
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
