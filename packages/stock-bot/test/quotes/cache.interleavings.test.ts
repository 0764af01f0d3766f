import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { cachedQuotes } from '../../src/quotes/cache.ts'
import type { QuoteResult, QuoteSource } from '../../src/quotes/source.ts'
import { refusal, scriptedSource, type PendingCall } from './scripted-source.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

type MakeCache = (source: QuoteSource, clock: VirtualClock) => QuoteSource

/** How old a quote may be that is given: the cache's default. */
const MAX_AGE = 120_000

const SYMBOLS = ['A.US', 'B.US', 'C.US'] as const

const step = fc.oneof(
  fc.record({
    act: fc.constant('ask' as const),
    symbols: fc.uniqueArray(fc.constantFrom(...SYMBOLS), { minLength: 1 }),
  }),
  fc.record({ act: fc.constant('leave' as const), who: fc.nat(7) }),
  fc.record({ act: fc.constant('answer' as const), call: fc.nat(7), fails: fc.boolean() }),
  fc.record({ act: fc.constant('wait' as const), ms: fc.constantFrom(1_000, 31_000, 89_000, 121_000) }),
)

/** Lets everything that has been settled arrive. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) await Promise.resolve()
}

/** People come, leave and are answered in any order, and time passes. */
const eachIsServed = (make: MakeCache) =>
  fc.asyncProperty(fc.array(step, { maxLength: 30, size: 'max' }), fc.boolean(), async (steps, answers) => {
    const clock = new VirtualClock()
    const source = scriptedSource()
    const cache = make(source, clock)
    const answered = new Set<PendingCall>()
    /** When the quote with this price came: each call is answered with its number. */
    const came = new Map<string, number>()
    const ages: number[] = []
    const people: { readonly abort: AbortController; readonly got: Promise<readonly QuoteResult[]> }[] = []
    const underWay = (): ReadonlySet<string> =>
      new Set(
        source.calls
          .filter(call => !answered.has(call) && !call.signal.aborted)
          .flatMap(call => call.symbols),
      )
    const answer = (index: number, fails: boolean): void => {
      const call = source.calls[index]
      if (!call || answered.has(call)) return
      if (!fails) came.set(String(index + 1), clock.monotonic())
      call.answer(fails ? 'network' : String(index + 1))
      answered.add(call)
    }
    for (const next of steps) {
      if (next.act === 'ask') {
        const before = underWay()
        const calls = source.calls.length
        const abort = new AbortController()
        const got = cache.quotes(next.symbols, { signal: abort.signal })
        people.push({ abort, got })
        const asked = source.calls.slice(calls).flatMap(call => call.symbols)
        // Nothing is asked for twice at the same time.
        expect(asked.filter(symbol => before.has(symbol))).toEqual([])
        const askedAt = clock.monotonic()
        void got.then(results => {
          for (const result of results) {
            if (result.ok) ages.push(askedAt - (came.get(result.quote.price) ?? 0))
          }
        })
      } else if (next.act === 'leave') people[next.who]?.abort.abort()
      else if (next.act === 'wait') await clock.advance(next.ms)
      else answer(next.call, next.fails)
      await settle()
    }
    // In the end the source answers all that it was asked, or everybody leaves.
    if (answers) for (const index of source.calls.keys()) answer(index, false)
    else for (const { abort } of people) abort.abort()
    await settle()
    for (const { abort, got } of people) {
      const results = await got
      // Who stayed has an answer of the source, whatever the others did.
      if (!abort.signal.aborted) {
        expect(results.every(result => result.ok || result.kind === 'network')).toBe(true)
      }
    }
    expect(ages.filter(age => age > MAX_AGE)).toEqual([])
    await clock.advance(MAX_AGE)
    // And a request that nobody waits for, or has waited for too long, has been told so.
    expect(source.calls.every(call => answered.has(call) || call.signal.aborted)).toBe(true)
    expect(clock.pending).toBe(0)
  })

it('in any order of coming, leaving and answers, each symbol is asked once and who stays is served', async () => {
  await fc.assert(
    eachIsServed((source, clock) => cachedQuotes(source, { clock })),
    { numRuns: 500 },
  )
})

it('would be caught if the one who asked first could abort for all', async () => {
  const naive: MakeCache = source => {
    const flights = new Map<string, Promise<readonly QuoteResult[]>>()
    return {
      name: source.name,
      async quotes(symbols, { signal }) {
        const results = symbols.map(async (symbol): Promise<QuoteResult> => {
          const gone = refusal('timeout', source.name)
          const aborted = new Promise<readonly QuoteResult[]>(resolve => {
            signal.addEventListener('abort', () => {
              resolve([gone])
            })
          })
          const flight = flights.get(symbol) ?? Promise.race([source.quotes([symbol], { signal }), aborted])
          flights.set(symbol, flight)
          return (await flight)[0] ?? gone
        })
        return Promise.all(results)
      },
    }
  }
  const run = await fc.check(eachIsServed(naive), { numRuns: 500 })
  expect(run.failed).toBe(true)
})

it.each<[string, MakeCache]>([
  ['gave quotes of any age', (source, clock) => cachedQuotes(source, { clock, maxAge: 3_600_000 })],
  [
    'let a refresh go on for ever',
    (source, clock) => cachedQuotes(source, { clock, refreshTimeout: 3_600_000 }),
  ],
  [
    'let everybody refresh who is given a stale quote',
    (source, clock) => {
      const cache = cachedQuotes(source, { clock })
      return {
        name: source.name,
        quotes(symbols, options) {
          const before = cache.stats()
          const answer = cache.quotes(symbols, options)
          const { stale, refreshes } = cache.stats()
          if (stale > before.stale && refreshes === before.refreshes) void source.quotes(symbols, options)
          return answer
        },
      }
    },
  ],
])('would be caught if it %s', async (_, make) => {
  const run = await fc.check(eachIsServed(make), { numRuns: 1_000 })
  expect(run.failed).toBe(true)
})
