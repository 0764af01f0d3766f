import { describe, expect, it } from 'vitest'
import { cachedQuotes } from '../../src/quotes/cache.ts'
import type { CacheOptions } from '../../src/quotes/cache-options.ts'
import type { QuoteResult } from '../../src/quotes/source.ts'
import { stooq } from '../../src/quotes/stooq.ts'
import { startStooqServer } from '../../src/testing/stooq.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { scriptedSource } from './scripted-source.ts'

const never = new AbortController().signal

/** A cache that knows A.US at 1, from this moment on. */
async function warm(options: CacheOptions = {}) {
  const clock = new VirtualClock()
  const source = scriptedSource()
  const cache = cachedQuotes(source, { ...options, clock })
  const ask = (symbols: readonly string[] = ['A.US'], signal = never): Promise<string[]> =>
    cache.quotes(symbols, { signal }).then(results => results.map(result => verdict(result)))
  const first = ask()
  source.calls[0]?.answer('1')
  await first
  const answer = async (call: number, result: string): Promise<void> => {
    source.calls[call]?.answer(result)
    await clock.settle()
  }
  return { clock, source, cache, ask, answer }
}

const verdict = (result: QuoteResult): string => (result.ok ? result.quote.price : result.kind)

describe('a stale quote', () => {
  it('is given at once to everybody, while one question in the background fetches a newer', async () => {
    const { clock, source, cache, ask, answer } = await warm()
    const log: string[] = []
    await clock.advance(30_001)
    const asking = Array.from({ length: 50 }, async () => log.push(...(await ask())))
    await Promise.all(asking)
    log.push(`asked ${source.calls.length - 1} times`)
    await answer(1, '2')
    log.push(...(await ask()))
    expect(log).toEqual([...Array.from({ length: 50 }, () => '1'), 'asked 1 times', '2'])
    expect(cache.stats()).toEqual({
      hits: 51,
      stale: 50,
      notFoundHits: 0,
      misses: 1,
      shared: 0,
      refreshes: 1,
      refreshFailures: 0,
      inFlight: 0,
    })
    expect(clock.pending).toBe(0)
  })

  it('is refreshed whether its asker stays or not', async () => {
    const { clock, source, ask, answer } = await warm()
    await clock.advance(60_000)
    const leaver = new AbortController()
    const asking = ask(['A.US'], leaver.signal)
    leaver.abort()
    expect(await asking).toEqual(['1'])
    await clock.settle()
    expect(source.calls[1]?.signal.aborted).toBe(false)
    await answer(1, '2')
    expect(await ask()).toEqual(['2'])
  })

  it('is refreshed together with the other stale ones of the command, in one question', async () => {
    const { clock, source, ask, answer } = await warm()
    const more = ask(['B.US', 'C.US'])
    await answer(1, '2')
    await more
    await clock.advance(60_000)
    expect(await ask(['C.US', 'A.US'])).toEqual(['2', '1'])
    expect(source.calls[2]?.symbols).toEqual(['C.US', 'A.US'])
  })

  it('goes along where something else is asked for anyway, in one question, and comes back newer', async () => {
    const { clock, source, cache, ask, answer } = await warm()
    await clock.advance(60_000)
    const both = ask(['A.US', 'B.US'])
    expect(source.calls.slice(1).map(({ symbols }) => symbols)).toEqual([['B.US', 'A.US']])
    await answer(1, '2')
    expect(await both).toEqual(['2', '2'])
    expect(cache.stats()).toMatchObject({ hits: 1, stale: 1, misses: 2, refreshes: 1, refreshFailures: 0 })
  })

  it('is given where the question that it went along with fails', async () => {
    const { clock, cache, ask, answer } = await warm()
    await clock.advance(60_000)
    const both = ask(['A.US', 'B.US'])
    await answer(1, 'network')
    expect(await both).toEqual(['1', 'network'])
    expect(cache.stats()).toMatchObject({ refreshes: 1, refreshFailures: 1 })
  })

  it('tells its age', async () => {
    const { clock, cache } = await warm()
    const age = (): (number | undefined)[] | undefined =>
      cache.recall?.(['a.us'])?.map(result => (result.ok ? result.ageMs : undefined))
    expect(age()).toEqual([0])
    await clock.advance(45_000)
    expect(age()).toEqual([45_000])
  })

  it('stays where the refresh fails, until it is 2 min old; then everybody hears of the failure', async () => {
    const { clock, source, cache, ask, answer } = await warm()
    const log: string[] = []
    for (let asked = 1; asked <= 4; asked += 1) {
      await clock.advance(30_000)
      log.push(...(await ask()))
      await answer(source.calls.length - 1, 'network')
    }
    log.push(`${source.calls.length - 1} asked, ${cache.stats().refreshFailures} failed`)
    await clock.advance(1)
    const late = ask()
    await answer(4, 'network')
    log.push(...(await late))
    // The first of the four was at 30 s, when it was still fresh.
    expect(log).toEqual(['1', '1', '1', '1', '3 asked, 3 failed', 'network'])
    expect(clock.pending).toBe(0)
  })

  it('is not refreshed again within 5 s of a refresh that failed', async () => {
    const { clock, source, ask, answer } = await warm()
    await clock.advance(40_000)
    await ask()
    await answer(1, 'rate-limited')
    for (let i = 0; i < 10; i += 1) await ask()
    await clock.advance(4_999)
    await ask()
    expect(source.calls).toHaveLength(2)
    await clock.advance(1)
    expect(await ask()).toEqual(['1'])
    expect(source.calls).toHaveLength(3)
  })

  it('gives way to not-found, which is an answer', async () => {
    const { clock, cache, ask, answer } = await warm()
    await clock.advance(40_000)
    await ask()
    await answer(1, 'not-found')
    expect(await ask()).toEqual(['not-found'])
    expect(cache.stats()).toMatchObject({ refreshes: 1, refreshFailures: 0 })
  })

  it('is waited for by nobody who finds it too old: they share the refresh that is under way', async () => {
    const { clock, source, cache, ask, answer } = await warm({ refreshTimeout: 60_000 })
    await clock.advance(119_000)
    await ask()
    await clock.advance(2_000)
    const late = ask()
    expect(source.calls).toHaveLength(2)
    await answer(1, '2')
    expect(await late).toEqual(['2'])
    expect(cache.stats()).toMatchObject({ stale: 1, shared: 1, inFlight: 0 })
  })

  it('is not given where the operator wants none', async () => {
    const { clock, ask, answer } = await warm({ maxAge: 30_000 })
    await clock.advance(30_001)
    const second = ask()
    await answer(1, '2')
    expect(await second).toEqual(['2'])
  })
})

describe('a refresh', () => {
  it('ends after 20 s, is counted as failed, and leaves the quote and no timer', async () => {
    const { clock, source, cache, ask } = await warm()
    await clock.advance(40_000)
    await ask()
    await clock.advance(19_999)
    expect(source.calls[1]?.signal.aborted).toBe(false)
    expect(clock.pending).toBe(1)
    await clock.advance(1)
    expect(source.calls[1]?.signal.aborted).toBe(true)
    expect(await ask()).toEqual(['1'])
    expect(cache.stats()).toMatchObject({ refreshFailures: 1, inFlight: 0 })
    expect(clock.pending).toBe(0)
  })

  it('goes on past its end for those who wait for it by then', async () => {
    const { clock, source, ask, answer } = await warm()
    await clock.advance(119_000)
    await ask()
    await clock.advance(2_000)
    const late = ask()
    await clock.advance(60_000)
    expect(source.calls[1]?.signal.aborted).toBe(false)
    await answer(1, '2')
    expect(await late).toEqual(['2'])
  })

  it('tells the source how long its answer is of use', async () => {
    const clock = new VirtualClock()
    const deadlines: (number | undefined)[] = []
    const cache = cachedQuotes(
      {
        name: 'live',
        quotes(symbols, options) {
          deadlines.push(options.deadline)
          return scriptedSource().quotes(symbols, options)
        },
      },
      { clock, ttl: 1 },
    )
    void cache.quotes(['A.US'], { signal: never, deadline: 5_000_000_000_000 })
    void cache.quotes(['B.US'], { signal: never })
    expect(deadlines).toEqual([5_000_000_000_000, undefined])
    await cache.close()
  })

  it('with made-up data takes the place of no real quote, and made-up data is never stale', async () => {
    const clock = new VirtualClock()
    const source = scriptedSource('sample')
    const cache = cachedQuotes(
      {
        name: 'stooq,sample',
        // What a chain does: its second source answers where the first cannot.
        quotes: async (symbols, options) => {
          const results = await source.quotes(symbols, options)
          return results.map(result =>
            result.ok && result.quote.price === '93.42'
              ? { ok: true, quote: { ...result.quote, source: 'stooq' } }
              : result,
          )
        },
      },
      { clock },
    )
    const ask = async (price?: string): Promise<string> => {
      const asking = cache.quotes(['A.US'], { signal: never })
      if (price) source.calls.at(-1)?.answer(price)
      const [result] = await asking
      await clock.settle()
      return result?.ok ? `${result.quote.price} of ${result.quote.source}` : 'none'
    }
    expect(await ask('93.42')).toBe('93.42 of stooq')
    await clock.advance(40_000)
    expect(await ask('1')).toBe('93.42 of stooq')
    expect(await ask()).toBe('93.42 of stooq')
    expect(cache.stats()).toMatchObject({ refreshes: 1, refreshFailures: 1 })
    await clock.advance(80_001)
    expect(await ask('1')).toBe('1 of sample')
    await clock.advance(30_001)
    expect(await ask('93.42')).toBe('93.42 of stooq')
  })
})

describe('a cache that closes', () => {
  it('aborts refreshes and questions, leaves no timer, and starts no more', async () => {
    const { clock, source, cache, ask } = await warm()
    await clock.advance(40_000)
    await ask()
    const waiting = ask(['B.US'])
    expect(source.calls).toHaveLength(3)
    await Promise.all([cache.close(), cache.close()])
    expect(await waiting).toEqual(['timeout'])
    expect(source.calls.slice(1).map(({ signal }) => signal.aborted)).toEqual([true, true])
    expect(clock.pending).toBe(0)
    expect(await ask(['A.US', 'B.US'])).toEqual(['1', 'timeout'])
    expect(source.calls).toHaveLength(3)
    expect(cache.stats()).toMatchObject({ refreshFailures: 0, inFlight: 0 })
  })

  it('closes down to the socket, at the end of its scope', async () => {
    await using server = await startStooqServer()
    const clock = new VirtualClock()
    const seen = await (async () => {
      await using cache = cachedQuotes(stooq({ baseUrl: server.url, clock }), { clock })
      await cache.quotes(['AAPL.US'], { signal: never })
      await clock.advance(40_000)
      server.fault = 'slow'
      const next = server.nextRequest()
      cache.recall?.(['AAPL.US'])
      const request = await next
      return request
    })()
    await expect(seen.closed).resolves.toBe('aborted')
  })
})
