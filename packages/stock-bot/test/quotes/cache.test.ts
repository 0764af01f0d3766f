import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { describe, expect, it } from 'vitest'
import { cachedQuotes } from '../../src/quotes/cache.ts'
import type { CacheOptions } from '../../src/quotes/cache-options.ts'
import { chainQuotes } from '../../src/quotes/chain.ts'
import type { QuoteResult } from '../../src/quotes/source.ts'
import { stooq } from '../../src/quotes/stooq.ts'
import type { CacheEvent } from '../../src/quotes/trace-quotes.ts'
import { startStooqServer } from '../../src/testing/stooq.ts'
import { fixedSource, scriptedSource } from './scripted-source.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const never = new AbortController().signal

function setUp(options: CacheOptions = {}) {
  const clock = new VirtualClock()
  const source = scriptedSource()
  const cache = cachedQuotes(source, { ...options, clock })
  const ask = (symbols: readonly string[], signal = never): Promise<(string | undefined)[]> =>
    cache.quotes(symbols, { signal }).then(results => results.map(result => verdict(result)))
  return { clock, source, cache, ask }
}

const verdict = (result: QuoteResult): string => (result.ok ? result.quote.price : result.kind)

describe('a cache of quotes', () => {
  it('remembers a quote for 30 s', async () => {
    const { clock, source, ask } = setUp({ maxAge: 30_000 })
    const first = ask(['A.US'])
    source.calls[0]?.answer('1')
    expect(await first).toEqual(['1'])
    await clock.advance(30_000)
    expect(await ask(['a.us'])).toEqual(['1'])
    await clock.advance(1)
    const second = ask(['A.US'])
    source.calls[1]?.answer('2')
    expect(await second).toEqual(['2'])
  })

  it('remembers not-found for 60 s', async () => {
    const { clock, source, cache, ask } = setUp()
    const first = ask(['FOO.US'])
    source.calls[0]?.answer('not-found')
    await first
    await clock.advance(60_000)
    expect(await ask(['FOO.US'])).toEqual(['not-found'])
    expect(cache.stats()).toMatchObject({ hits: 1, notFoundHits: 1, misses: 1 })
    await clock.advance(1)
    void ask(['FOO.US'])
    expect(source.calls).toHaveLength(2)
  })

  it.each(['network', 'timeout', 'blocked', 'malformed', 'rate-limited'] as const)(
    'never remembers %s',
    async kind => {
      const { source, ask } = setUp()
      const first = ask(['A.US'])
      source.calls[0]?.answer(kind)
      expect(await first).toEqual([kind])
      const second = ask(['A.US'])
      source.calls[1]?.answer('1')
      expect(await second).toEqual(['1'])
    },
  )

  it('asks only for what it does not know, once, and answers in order', async () => {
    const { source, ask } = setUp()
    const first = ask(['A.US'])
    source.calls[0]?.answer('1')
    await first
    const second = ask(['B.US', 'A.US', 'C.US', 'B.US'])
    expect(source.calls[1]?.symbols).toEqual(['B.US', 'C.US'])
    source.calls[1]?.answer('2')
    expect(await second).toEqual(['2', '1', '2', '2'])
  })

  it('forgets the least recently asked first when it is full', async () => {
    const { source, ask } = setUp({ max: 2 })
    for (const symbol of ['A.US', 'B.US', 'C.US']) {
      const answer = ask([symbol])
      source.calls.at(-1)?.answer('1')
      await answer
    }
    void ask(['A.US'])
    expect(source.calls).toHaveLength(4)
  })

  it.each<[CacheOptions, string]>([
    [{ ttl: 0 }, 'ttl must be a whole number from 1 up, and is 0'],
    [{ notFoundTtl: 1.5 }, 'notFoundTtl must be a whole number from 1 up, and is 1.5'],
    [{ max: -1 }, 'max must be a whole number from 1 up, and is -1'],
    [{ ttl: 9_000, maxAge: 8_999 }, 'maxAge must be a whole number from 9000 up, and is 8999'],
    [{ refreshTimeout: 999 }, 'refreshTimeout must be a whole number from 1000 up, and is 999'],
  ])('refuses %j', (options, message) => {
    expect(() => setUp(options)).toThrow(new RangeError(message))
  })

  it('needs no maxAge with a ttl that is longer than the default', () => {
    expect(() => setUp({ ttl: 600_000 })).not.toThrow()
  })
})

describe('many who ask at the same time', () => {
  it('share one request', async () => {
    const { source, cache, ask } = setUp()
    const answers = Promise.all(Array.from({ length: 50 }, () => ask(['A.US'])))
    expect(source.calls).toHaveLength(1)
    expect(cache.stats()).toMatchObject({ hits: 0, misses: 50, shared: 49, inFlight: 1 })
    source.calls[0]?.answer('1')
    expect(await answers).toEqual(Array.from({ length: 50 }, () => ['1']))
    expect(cache.stats().inFlight).toBe(0)
  })

  it('share it with whoever asks for more besides', async () => {
    const { source, ask } = setUp()
    const first = ask(['A.US', 'B.US'])
    const second = ask(['B.US', 'C.US'])
    expect(source.calls.map(({ symbols }) => symbols)).toEqual([['A.US', 'B.US'], ['C.US']])
    source.calls[1]?.answer('3')
    source.calls[0]?.answer('1')
    expect(await Promise.all([first, second])).toEqual([
      ['1', '1'],
      ['1', '3'],
    ])
  })

  it('leave alone: one who gives up takes the answer from nobody', async () => {
    const { source, ask } = setUp()
    const leaver = new AbortController()
    const first = ask(['A.US'], leaver.signal)
    const second = ask(['A.US'])
    leaver.abort()
    expect(await first).toEqual(['timeout'])
    expect(source.calls[0]?.signal.aborted).toBe(false)
    source.calls[0]?.answer('1')
    expect(await second).toEqual(['1'])
  })

  it('abort the request when the last one leaves', async () => {
    const { source, cache, ask } = setUp()
    const leavers = [new AbortController(), new AbortController()]
    const answers = leavers.map(({ signal }) => ask(['A.US'], signal))
    for (const leaver of leavers) leaver.abort()
    expect(await Promise.all(answers)).toEqual([['timeout'], ['timeout']])
    expect(source.calls[0]?.signal.aborted).toBe(true)
    expect(cache.stats().inFlight).toBe(0)
  })

  it('never join a request that is being aborted', async () => {
    const { source, ask } = setUp()
    const leaver = new AbortController()
    const first = ask(['A.US'], leaver.signal)
    leaver.abort()
    await first
    const second = ask(['A.US'])
    source.calls[0]?.answer('1')
    source.calls[1]?.answer('2')
    expect(await second).toEqual(['2'])
  })

  it('never join it even from within the abort', async () => {
    const { source, ask } = setUp()
    const leaver = new AbortController()
    const first = ask(['A.US'], leaver.signal)
    const again = Promise.withResolvers<(string | undefined)[]>()
    source.calls[0]?.signal.addEventListener('abort', () => {
      again.resolve(ask(['A.US']))
    })
    leaver.abort()
    await first
    source.calls[1]?.answer('2')
    expect(await again.promise).toEqual(['2'])
  })

  it('get what is known even where their own signal has aborted', async () => {
    const { source, ask } = setUp()
    const first = ask(['A.US'])
    source.calls[0]?.answer('1')
    await first
    expect(await ask(['A.US', 'B.US'], AbortSignal.abort())).toEqual(['1', 'timeout'])
    expect(source.calls).toHaveLength(1)
  })

  it('abort down to the socket', async () => {
    await using server = await startStooqServer({ fault: 'slow' })
    const cache = cachedQuotes(stooq({ baseUrl: server.url }))
    const seen = server.nextRequest()
    const leavers = [new AbortController(), new AbortController()]
    const answers = leavers.map(({ signal }) => cache.quotes(['AAPL.US'], { signal }))
    const request = await seen
    for (const leaver of leavers) leaver.abort()
    await Promise.all(answers)
    await expect(request.closed).resolves.toBe('aborted')
    expect(server.requests).toHaveLength(1)
  })
})

describe('what a cache recalls', () => {
  it('is all that was asked for, in order and counted once; or nothing, and not counted', async () => {
    const { source, cache, ask } = setUp()
    const first = ask(['A.US', 'B.US'])
    source.calls[0]?.answer('1')
    await first
    expect(cache.recall?.(['b.us', 'A.US', 'B.US'])?.map(result => verdict(result))).toEqual(['1', '1', '1'])
    expect(cache.stats()).toMatchObject({ hits: 2, misses: 2 })
    expect(cache.recall?.(['A.US', 'C.US'])).toBeUndefined()
    expect(cache.stats()).toMatchObject({ hits: 2, misses: 2 })
    expect(source.calls).toHaveLength(1)
  })
})

describe('too little time', () => {
  it('starts nothing, gives what is known, and still joins what is under way', async () => {
    const { clock, source, cache } = setUp()
    const first = cache.quotes(['A.US'], { signal: never })
    source.calls[0]?.answer('1')
    await first
    const underWay = cache.quotes(['B.US'], { signal: never })
    const deadline = clock.now() + 499
    const late = cache.quotes(['A.US', 'B.US', 'C.US'], { signal: never, deadline })
    source.calls[1]?.answer('2')
    await underWay
    expect(source.calls).toHaveLength(2)
    expect(await late).toMatchObject([
      { ok: true },
      { ok: true, quote: { price: '2' } },
      { ok: false, kind: 'timeout', unasked: true },
    ])
  })

  it('is the time of the last who waits, and not of the first who asked', async () => {
    const clock = new VirtualClock()
    const second = fixedSource('second', '2')
    const first = scriptedSource('first')
    const cache = cachedQuotes(chainQuotes([first, second], { clock }), { clock })
    const hurried = cache.quotes(['A.US'], { signal: never, deadline: clock.now() + 1_000 })
    const patient = cache.quotes(['A.US'], { signal: never, deadline: clock.now() + 20_000 })
    await clock.advance(900)
    first.calls[0]?.answer('network')
    await hurried
    expect(await patient).toMatchObject([{ ok: true, quote: { source: 'second' } }])
  })
})

describe('subscribers', () => {
  it('see what became of each symbol', async () => {
    const { clock, source, ask } = setUp()
    const log: string[] = []
    const onEvent = (event: unknown): void => {
      log.push((event as CacheEvent).outcome)
    }
    subscribe('stock-bot.cache', onEvent)
    try {
      const first = [ask(['A.US']), ask(['A.US'])]
      source.calls[0]?.answer('1')
      await Promise.all(first)
      await ask(['A.US'])
      const none = ask(['FOO.US'])
      source.calls[1]?.answer('not-found')
      await none
      await ask(['FOO.US'])
      await clock.advance(40_000)
      await ask(['A.US'])
    } finally {
      unsubscribe('stock-bot.cache', onEvent)
    }
    expect(log).toEqual(['miss', 'coalesced', 'hit', 'miss', 'negative', 'stale'])
  })
})
