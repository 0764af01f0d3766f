import { describe, expect, it } from 'vitest'
import { createBot } from '../../src/bot.ts'
import { cachedQuotes } from '../../src/quotes/cache.ts'
import { chainQuotes } from '../../src/quotes/chain.ts'
import { parseQuoteSources } from '../../src/quotes/parse-sources.ts'
import { sampleQuotes } from '../../src/quotes/sample.ts'
import type { QuoteSource } from '../../src/quotes/source.ts'
import { stockCommand } from '../../src/quotes/stock-command.ts'
import { stooq } from '../../src/quotes/stooq.ts'
import { SYMBOL_FORM } from '../../src/quotes/symbol.ts'
import { startStooqServer } from '../../src/testing/stooq.ts'
import { fixedSource, scriptedSource } from './scripted-source.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const say = (text: string, source: QuoteSource): Promise<string> =>
  createBot({ commands: [stockCommand({ source })] }).inject(text)

describe('/stock', () => {
  it('answers in the words that were asked for', async () => {
    await using server = await startStooqServer({ quotes: { 'AAPL.US': '93.42', 'TSCO.UK': '412.3' } })
    const source = stooq({ baseUrl: server.url })
    expect(await say('/stock=aapl.us', source)).toBe('AAPL.US quote is $93.42 per share')
    expect(await say('/quote AAPL.US', source)).toBe('AAPL.US quote is $93.42 per share')
    expect(await say('/stock=tsco.uk', source)).toBe('TSCO.UK quote is 412.30 GBX per share')
  })

  it('gives each of several symbols a line, from one request', async () => {
    await using server = await startStooqServer()
    expect(await say('/stock=MSFT.US,FOO.US aapl.us', stooq({ baseUrl: server.url }))).toBe(
      'MSFT.US quote is $418.56 per share\nNo quote found for FOO.US.\nAAPL.US quote is $93.42 per share',
    )
    expect(server.requests).toHaveLength(1)
  })

  it.each([
    ['/stock=', 'Which symbol?'],
    ['/stock', 'Which symbol?'],
    ['/stock=../etc', '"../etc" is not a symbol.'],
  ])('%s is answered with the usage and the form of a symbol', async (text, problem) => {
    expect(await say(text, sampleQuotes())).toBe(`Usage: /stock=AAPL.US – ${problem} ${SYMBOL_FORM}.`)
  })

  it('always marks sample data', async () => {
    expect(await say('/stock=aapl.us', sampleQuotes())).toBe(
      'AAPL.US quote is $93.42 per share (sample data)',
    )
    for (const line of (await say('/stock=foo.us,aapl.us,^spx,tsco.uk', sampleQuotes())).split('\n')) {
      expect(line).toMatch(/ \(sample data\)$/)
    }
    expect(await say('/stock=foo.us', sampleQuotes())).toMatch(/ \(sample data\)$/)
  })

  it('says what is wrong with the source, whatever it is', async () => {
    await using server = await startStooqServer({ fault: 'challenge' })
    const name = server.url
    expect(await say('/stock=aapl.us', stooq({ baseUrl: server.url, name }))).toBe(
      `The quote service ${name} turns programs away (blocked). ` +
        'Name another source in --quotes (finnhub, sample, or an address).',
    )
  })

  it('works as it is put together for a bot: sources, breakers, cache', async () => {
    const server = await startStooqServer()
    const source = cachedQuotes(chainQuotes(parseQuoteSources(`${server.url},sample`)))
    const bot = createBot({ commands: [stockCommand({ source })] })
    expect(await bot.inject('/stock=aapl.us')).toBe('AAPL.US quote is $93.42 per share')
    await server.close()
    expect(await bot.inject('/stock=aapl.us')).toBe('AAPL.US quote is $93.42 per share')
    expect(await bot.inject('/stock=msft.us')).toBe('MSFT.US quote is $418.56 per share (sample data)')
  })

  function virtualCommand(within: number) {
    const clock = new VirtualClock()
    const source = scriptedSource('stooq')
    const answer = stockCommand({ source, clock }).answer({
      id: '1',
      name: 'stock',
      text: 'aapl.us',
      room: 'general',
      author: { id: 'guest:ann', name: 'ann' },
      signal: new AbortController().signal,
      deadline: clock.now() + within,
    })
    return { clock, source, answer }
  }

  it.each([
    [60_000, 20_000],
    [5_000, 4_000],
    [1_500, 500],
  ])('with %i ms to the deadline answers after %i ms that the source did not', async (within, waited) => {
    const { clock, source, answer } = virtualCommand(within)
    // The schema is checked before the clock starts.
    while (clock.pending === 0) await Promise.resolve()
    await clock.advance(waited - 1)
    expect(source.calls[0]?.signal.aborted).toBe(false)
    await clock.advance(1)
    expect(await answer).toBe(
      'The quote service stooq did not answer in time (timeout). Try again later, or add a source to --quotes (finnhub, sample, or an address).',
    )
    expect(source.calls[0]?.signal.aborted).toBe(true)
    expect(clock.pending).toBe(0)
  })

  it.each([1_499, 1_000, 1, 0, -5])(
    'asks nobody with %i ms to the deadline, and says that the command has expired',
    async within => {
      const { clock, source, answer } = virtualCommand(within)
      expect(await answer).toBe(
        'The command expired before a quote service could be asked (timeout). Try again.',
      )
      expect(source.calls).toEqual([])
      expect(clock.pending).toBe(0)
    },
  )

  it('leaves no timer after an answer', async () => {
    const { clock, source, answer } = virtualCommand(60_000)
    while (clock.pending === 0) await Promise.resolve()
    source.calls[0]?.answer('93.42')
    await answer
    expect(clock.pending).toBe(0)
  })

  it.each([
    ['../etc', '"../etc" is not a symbol.'],
    ['200 times a', `"${'a'.repeat(24)}…" is not a symbol.`, 'a'.repeat(200)],
    ['a rocket', '"🚀" is not a symbol.', '🚀'],
    ['aapl.us&f=x', '"aapl.us&f=x" is not a symbol.'],
    ['aapl.us#x', '"aapl.us#x" is not a symbol.'],
  ])('refuses %s with the accepted form, and asks nobody', async (name, problem, text = name) => {
    const source = scriptedSource()
    expect(await say(`/stock=${text}`, source)).toBe(`Usage: /stock=AAPL.US – ${problem} ${SYMBOL_FORM}.`)
    expect(source.calls).toEqual([])
  })

  it.each([
    ['^spx', '%5Espx', '^SPX quote is 5751.13'],
    ['brk-b.us', 'brk-b.us', 'BRK-B.US quote is $441.20 per share'],
  ])('takes %s, and escapes it on the wire as %s', async (symbol, escaped, answer) => {
    await using server = await startStooqServer()
    expect(await say(`/stock=${symbol}`, stooq({ baseUrl: server.url }))).toBe(answer)
    expect(server.requests.map(({ url }) => url)).toEqual([`/q/l/?s=${escaped}&f=sd2t2ohlcv&h&e=csv`])
  })

  it('says how old a quote from the cache is only where it is told to', async () => {
    const clock = new VirtualClock()
    const live = fixedSource('stooq', '93.42')
    const source = cachedQuotes(live, { clock })
    const answer = (showAge?: boolean): Promise<string> =>
      createBot({
        clock,
        commands: [stockCommand({ source, clock, ...(showAge !== undefined && { showAge }) })],
      }).inject('/stock=aapl.us')
    expect(await answer(true)).toBe('AAPL.US quote is $93.42 per share')
    await clock.advance(100_000)
    expect(await answer()).toBe('AAPL.US quote is $93.42 per share')
    expect(live.asked).toBe(2)
    await clock.advance(119_000)
    expect(await answer(true)).toBe('AAPL.US quote is $93.42 per share (1 min ago)')
    expect(source.stats()).toMatchObject({ hits: 2, stale: 2 })
  })

  it('follows the signal down to the socket', async () => {
    await using server = await startStooqServer({ fault: 'slow' })
    const abort = new AbortController()
    const seen = server.nextRequest()
    const answer = stockCommand({ source: cachedQuotes(stooq({ baseUrl: server.url })) }).answer({
      id: '1',
      name: 'stock',
      text: 'aapl.us',
      room: 'general',
      author: { id: 'guest:ann', name: 'ann' },
      signal: abort.signal,
      deadline: Date.now() + 30_000,
    })
    const request = await seen
    abort.abort()
    await expect(answer).resolves.toContain('(timeout)')
    await expect(request.closed).resolves.toBe('aborted')
  })

  it('refuses a patience that is none', () => {
    expect(() => stockCommand({ source: sampleQuotes(), patience: 999 })).toThrow(
      'patience must be an integer from 1000 to 3600000, got 999',
    )
  })
})
