import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { cachedQuotes } from '../../src/quotes/cache.ts'
import type { QuoteResult, QuoteSource } from '../../src/quotes/source.ts'
import { refusal, scriptedSource, type PendingCall } from './scripted-source.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

type MakeCache = (source: QuoteSource) => QuoteSource

const SYMBOLS = ['A.US', 'B.US', 'C.US'] as const

const step = fc.oneof(
  fc.record({
    act: fc.constant('ask' as const),
    symbols: fc.uniqueArray(fc.constantFrom(...SYMBOLS), { minLength: 1 }),
  }),
  fc.record({ act: fc.constant('leave' as const), who: fc.nat(7) }),
  fc.record({ act: fc.constant('answer' as const), call: fc.nat(7) }),
)

/** Lets everything that has been settled arrive. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) await Promise.resolve()
}

/** People come, leave and are answered in any order. */
const eachIsServed = (make: MakeCache) =>
  fc.asyncProperty(fc.array(step, { maxLength: 24 }), async steps => {
    const source = scriptedSource()
    const cache = make(source)
    const answered = new Set<PendingCall>()
    const people: { readonly abort: AbortController; readonly got: Promise<readonly QuoteResult[]> }[] = []
    const underWay = (): ReadonlySet<string> =>
      new Set(
        source.calls
          .filter(call => !answered.has(call) && !call.signal.aborted)
          .flatMap(call => call.symbols),
      )
    for (const next of steps) {
      if (next.act === 'ask') {
        const before = underWay()
        const calls = source.calls.length
        const abort = new AbortController()
        people.push({ abort, got: cache.quotes(next.symbols, { signal: abort.signal }) })
        const asked = source.calls.slice(calls).flatMap(call => call.symbols)
        // Nothing is asked for twice at the same time.
        expect(asked.filter(symbol => before.has(symbol))).toEqual([])
      } else if (next.act === 'leave') people[next.who]?.abort.abort()
      else {
        const call = source.calls[next.call]
        call?.answer('1')
        if (call) answered.add(call)
      }
      await settle()
    }
    for (const call of source.calls) call.answer('1')
    await settle()
    for (const { abort, got } of people) {
      const answers = await got
      // Who stayed has the quote, whatever the others did.
      if (!abort.signal.aborted) expect(answers.every(answer => answer.ok)).toBe(true)
    }
    // And a request that nobody waits for has been told so.
    if (people.every(({ abort }) => abort.signal.aborted)) {
      expect(source.calls.every(call => answered.has(call) || call.signal.aborted)).toBe(true)
    }
  })

it('in any order of coming, leaving and answers, each symbol is asked once and who stays is served', async () => {
  await fc.assert(
    eachIsServed(source => cachedQuotes(source, { clock: new VirtualClock() })),
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
