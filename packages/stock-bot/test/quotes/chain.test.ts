import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel'
import { describe, expect, it } from 'vitest'
import { chainQuotes, type SourceState } from '../../src/quotes/chain.ts'
import { formatAnswer } from '../../src/quotes/format.ts'
import { sampleQuotes } from '../../src/quotes/sample.ts'
import type { QuoteSource } from '../../src/quotes/source.ts'
import type { BreakerEvent, QuotesTrace } from '../../src/quotes/trace-quotes.ts'
import { stooq } from '../../src/quotes/stooq.ts'
import { startStooqServer } from '../../src/testing/stooq.ts'
import { fixedSource, scriptedSource } from './scripted-source.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const never = new AbortController().signal

async function ask(source: QuoteSource, ...symbols: string[]): Promise<string> {
  return formatAnswer(symbols, await source.quotes(symbols, { signal: never }))
}

describe('a chain', () => {
  it('asks the first source, and no other when it answers', async () => {
    const second = fixedSource('second', '2')
    expect(await ask(chainQuotes([fixedSource('first', '1'), second]), 'A.US')).toBe(
      'A.US quote is $1.00 per share',
    )
    expect(second.asked).toBe(0)
  })

  it('asks the next only for what the first could not answer, and keeps the order', async () => {
    const second = fixedSource('second', '3')
    const chain = chainQuotes([
      fixedSource('first', { 'A.US': 'malformed', 'B.US': '2', 'C.US': 'http' }),
      second,
    ])
    expect((await ask(chain, 'A.US', 'B.US', 'C.US')).split('\n')).toEqual([
      'A.US quote is $3.00 per share',
      'B.US quote is $2.00 per share',
      'C.US quote is $3.00 per share',
    ])
    expect(second.asks).toEqual([['A.US', 'C.US']])
  })

  it('asks another live source for what the first does not know', async () => {
    const chain = chainQuotes([fixedSource('first', 'not-found'), fixedSource('second', '2')])
    expect(await ask(chain, 'A.US')).toBe('A.US quote is $2.00 per share')
  })

  it('takes not-found for an answer, whatever goes wrong after it', async () => {
    const chain = chainQuotes([fixedSource('first', 'not-found'), fixedSource('second', 'network')])
    expect(await chain.quotes(['A.US'], { signal: never })).toMatchObject([
      { kind: 'not-found', source: 'first' },
    ])
  })

  it('takes the not-found of a later source for an answer too', async () => {
    const chain = chainQuotes([fixedSource('first', 'network'), fixedSource('second', 'not-found')])
    expect(await chain.quotes(['A.US'], { signal: never })).toMatchObject([
      { kind: 'not-found', source: 'second' },
    ])
  })

  it('names the reason of each source when all are down', async () => {
    const chain = chainQuotes([fixedSource('stooq', 'blocked'), fixedSource('mirror', 'network')])
    expect(await ask(chain, 'A.US')).toBe(
      'No quote service answered: stooq turns programs away (blocked) – name another source in --quotes; ' +
        'mirror could not be reached (network) – add a source to --quotes. Try again later.',
    )
  })

  it('answers timeout where the caller gave up', async () => {
    const abort = new AbortController()
    const first = scriptedSource('first')
    const second = fixedSource('second', '2')
    const answer = chainQuotes([first, second]).quotes(['A.US'], { signal: abort.signal })
    abort.abort()
    expect(await answer).toEqual([
      { ok: false, kind: 'timeout', source: 'first', detail: 'the request was given up' },
    ])
    expect(first.calls[0]?.signal.aborted).toBe(true)
    expect(second.asked).toBe(0)
  })

  it('holds sources to their contract: one that throws is malformed, and the next is asked', async () => {
    const thrower: QuoteSource = { name: 'thrower', quotes: () => Promise.reject(new Error('boom')) }
    const short: QuoteSource = { name: 'short', quotes: () => Promise.resolve([]) }
    const float = fixedSource('float', '1e21')
    expect(await chainQuotes([thrower, short, float]).quotes(['A.US'], { signal: never })).toMatchObject([
      {
        reasons: [
          { source: 'thrower', kind: 'malformed', detail: 'the source threw: Error: boom' },
          { source: 'short', kind: 'malformed', detail: 'no result for this symbol' },
          { source: 'float', kind: 'malformed', detail: 'not a price: "1e21"' },
        ],
      },
    ])
  })

  it('passes by a source that does not cover a symbol', async () => {
    const partial = { ...fixedSource('partial', '1'), covers: (symbol: string) => symbol.endsWith('.US') }
    const chain = chainQuotes([partial, fixedSource('full', '2')])
    expect(await ask(chain, 'A.US', 'A.UK')).toBe(
      'A.US quote is $1.00 per share\nA.UK quote is $2.00 per share',
    )
    expect(await chainQuotes([partial]).quotes(['A.UK'], { signal: never })).toMatchObject([
      { kind: 'not-found', source: 'partial', detail: 'no source has such listings' },
    ])
  })

  it('does not take a source that lists no such symbols for a sign that there is none', async () => {
    const partial = { ...fixedSource('partial', '1'), covers: () => false }
    const chain = chainQuotes([fixedSource('stooq', 'network'), partial])
    expect(await ask(chain, 'A.UK')).toMatch(/^The quote service stooq could not be reached \(network\)\./)
  })

  it('shows subscribers each question to a source, and what came of it', async () => {
    const log: string[] = []
    const onEnd = (message: unknown): void => {
      const { source, count, outcomes = [] } = message as QuotesTrace
      log.push(`${source} ${count}: ${outcomes.join()}`)
    }
    const channel = tracingChannel('stock-bot.quotes')
    channel.asyncEnd.subscribe(onEnd)
    try {
      await ask(
        chainQuotes([fixedSource('first', { 'A.US': '1' }), fixedSource('second', '2')]),
        'A.US',
        'B.US',
      )
    } finally {
      channel.asyncEnd.unsubscribe(onEnd)
    }
    expect(log).toEqual(['first 2: ok,not-found', 'second 1: ok'])
  })

  it('needs a source', () => {
    expect(() => chainQuotes([])).toThrow('a chain needs at least one source')
  })
})

describe('a chain that ends in sample data', () => {
  it('answers from it when the live source is down, and says so', async () => {
    const chain = chainQuotes([fixedSource('stooq', 'network'), sampleQuotes()])
    expect(await ask(chain, 'AAPL.US')).toBe('AAPL.US quote is $93.42 per share (sample data)')
  })

  it('never lets made-up data stand in for a live not-found', async () => {
    const chain = chainQuotes([fixedSource('stooq', 'not-found'), sampleQuotes()])
    expect(await ask(chain, 'AAPL.US')).toMatch(/^No quote found for AAPL\.US\./)
  })

  it('reports the outage, not the gap in the sample data', async () => {
    const chain = chainQuotes([fixedSource('stooq', 'network'), sampleQuotes()])
    expect(await ask(chain, 'FOO.US')).toBe(
      'No quote service answered: stooq could not be reached (network) – add a source to --quotes; ' +
        'sample has no quote for it (not-found). Try again later.',
    )
  })
})

describe("a chain's breakers", () => {
  it('stop asking a source that is blocked, and go on with the next', async () => {
    const clock = new VirtualClock()
    await using server = await startStooqServer({ fault: 'challenge' })
    const chain = chainQuotes([stooq({ baseUrl: server.url }), sampleQuotes()], { clock })
    for (let i = 0; i < 3; i += 1) expect(await ask(chain, 'AAPL.US')).toContain('(sample data)')
    expect(server.requests).toHaveLength(1)
    expect(chain.states()).toMatchObject([
      { source: 'stooq', state: 'open', reason: { kind: 'blocked', retryAfterMs: 900_000 } },
      { source: 'sample', state: 'closed', reason: undefined },
    ])
    server.fault = undefined
    await clock.advance(900_000)
    for (let trial = 1; trial <= 3; trial += 1) {
      expect(chain.states()[0]).toMatchObject({ state: 'half-open' })
      expect(await ask(chain, 'AAPL.US')).toBe('AAPL.US quote is $93.42 per share')
    }
    expect(chain.states()[0]).toMatchObject({ state: 'closed' })
  })

  it('are not opened by callers who give up', async () => {
    const live = scriptedSource('live')
    const chain = chainQuotes([live], { failures: 1 })
    const abort = new AbortController()
    const answer = chain.quotes(['A.US'], { signal: abort.signal })
    abort.abort()
    await answer
    expect(chain.states()).toMatchObject([{ state: 'closed' }])
  })

  it('tell when the source may be tried again', async () => {
    const clock = new VirtualClock()
    const chain = chainQuotes([fixedSource('stooq', 'network')], { clock, failures: 1 })
    expect(await ask(chain, 'A.US')).toContain('Try again later, or')
    await clock.advance(10_000)
    expect(await ask(chain, 'A.US')).toContain('Try again in 20 s, or')
  })

  it('say each change once', async () => {
    const clock = new VirtualClock()
    const changes: SourceState['state'][] = []
    const live = scriptedSource('live')
    const chain = chainQuotes([live], { clock, failures: 2, onChange: ({ state }) => changes.push(state) })
    const calls = [1, 2, 3, 4].map(() => chain.quotes(['A.US'], { signal: never }))
    for (const call of live.calls) call.answer('network')
    await Promise.all(calls)
    expect(changes).toEqual(['open'])
    await clock.advance(30_000)
    for (let trial = 0; trial < 3; trial += 1) {
      const answer = chain.quotes(['A.US'], { signal: never })
      live.calls.at(-1)?.answer('1')
      await answer
    }
    expect(changes).toEqual(['open', 'closed'])
  })

  it('let three callers try a source that was open, and send everybody else on to the next at once', async () => {
    const clock = new VirtualClock()
    const log: string[] = []
    const live = scriptedSource('live')
    const chain = chainQuotes([live, fixedSource('second', '2')], {
      clock,
      failures: 1,
      onChange: ({ state }) => log.push(`live is ${state}`),
    })
    const ask = async (who: string): Promise<void> => {
      const calls = live.calls.length
      const answer = chain.quotes(['A.US'], { signal: never })
      log.push(`${who} ${live.calls.length > calls ? 'tries' : 'does not'}`)
      const [result] = await answer
      log.push(`${who}: ${result?.ok ? result.quote.source : 'nothing'}`)
    }
    const answer = async (call: number, result: string): Promise<void> => {
      live.calls[call]?.answer(result)
      await clock.settle()
    }
    const ann = ask('ann')
    await answer(0, 'network')
    await ann
    await clock.advance(30_000)
    const others = ['bob', 'cem', 'dan', 'eve', 'fay'].map(who => ask(who))
    await clock.settle()
    await answer(3, '1')
    await answer(1, '1')
    await answer(2, '1')
    await Promise.all(others)
    await clock.settle()
    expect(log).toEqual([
      'ann tries',
      'live is open',
      'ann: second',
      'bob tries',
      'cem tries',
      'dan tries',
      'eve does not',
      'fay does not',
      'eve: second',
      'fay: second',
      'dan: live',
      'bob: live',
      'live is closed',
      'cem: live',
    ])
  })

  it('tell subscribers of each change, with its reason', async () => {
    const clock = new VirtualClock()
    const log: string[] = []
    const onEvent = (event: unknown): void => {
      const { source, state, kind = '-', retryAfterMs = '-' } = event as BreakerEvent
      log.push(`${source} ${state} ${kind} ${retryAfterMs}`)
    }
    subscribe('stock-bot.breaker', onEvent)
    try {
      const live = fixedSource('live', { 'A.US': '1', 'B.US': 'blocked' })
      const chain = chainQuotes([live], { clock })
      await ask(chain, 'B.US')
      await ask(chain, 'B.US')
      await clock.advance(900_000)
      for (let trial = 0; trial < 3; trial += 1) await ask(chain, 'A.US')
    } finally {
      unsubscribe('stock-bot.breaker', onEvent)
    }
    expect(log).toEqual(['live open blocked 900000', 'live half-open blocked 0', 'live closed - -'])
  })
})

describe('a chain with too little time left', () => {
  it.each([
    [500, 1],
    [499, 0],
    [-1, 0],
  ])('with %i ms asks its source %i times', async (left, times) => {
    const clock = new VirtualClock()
    const live = fixedSource('live', '1')
    const [result] = await chainQuotes([live], { clock }).quotes(['A.US'], {
      signal: never,
      deadline: clock.now() + left,
    })
    expect(live.asked).toBe(times)
    expect(result?.ok ? 'a quote' : result?.unasked).toBe(times === 1 ? 'a quote' : true)
  })

  it('does not begin with the second source, and names both', async () => {
    const clock = new VirtualClock()
    const first = scriptedSource('first')
    const second = fixedSource('second', '2')
    const chain = chainQuotes([first, second], { clock, failures: 1 })
    const answer = chain.quotes(['A.US'], { signal: never, deadline: clock.now() + 10_000 })
    await clock.advance(9_501)
    first.calls[0]?.answer('network')
    expect(formatAnswer(['A.US'], await answer)).toBe(
      'No quote service answered: first could not be reached (network) – add a source to --quotes; ' +
        'second was not asked for want of time (timeout). Try again later.',
    )
    expect(second.asked).toBe(0)
    // And it says nothing about the second.
    expect(chain.states().map(({ state }) => state)).toEqual(['open', 'closed'])
  })

  it('answers from what a source can recall without waiting', async () => {
    const clock = new VirtualClock()
    const chain = chainQuotes([fixedSource('live', '1'), sampleQuotes()], { clock })
    const results = await chain.quotes(['AAPL.US'], { signal: never, deadline: clock.now() + 1 })
    expect(formatAnswer(['AAPL.US'], results)).toBe('AAPL.US quote is $93.42 per share (sample data)')
  })

  it('takes no place of a trial', async () => {
    const clock = new VirtualClock()
    const live = fixedSource('live', { 'A.US': '1', 'B.US': 'network' })
    const chain = chainQuotes([live], { clock, failures: 1, trials: 1 })
    await ask(chain, 'B.US')
    await clock.advance(30_000)
    await chain.quotes(['A.US'], { signal: never, deadline: clock.now() })
    expect(chain.states()).toMatchObject([{ state: 'half-open' }])
    await ask(chain, 'A.US')
    expect(chain.states()).toMatchObject([{ state: 'closed' }])
  })

  it('says that the command has expired where none of its sources could be asked', async () => {
    const clock = new VirtualClock()
    const chain = chainQuotes([fixedSource('stooq', '1'), fixedSource('finnhub', '1')], { clock })
    const results = await chain.quotes(['A.US'], { signal: never, deadline: clock.now() })
    expect(formatAnswer(['A.US'], results)).toMatch(/^The command expired/)
  })
})
