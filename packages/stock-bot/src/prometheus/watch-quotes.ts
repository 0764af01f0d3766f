import type { BreakerEvent, CacheEvent, QuotesTrace } from '../quotes/trace-quotes.ts'
import type { Meters } from './meters.ts'
import { STATES } from './states.ts'
import type { Watch } from '../watch.ts'

/** Measures quote sources, their breakers and the cache before them. */
export function watchQuotes(watch: Watch, meters: Meters): void {
  const durations = meters.histogram(
    'source_duration_seconds',
    'Questions to quote sources, by what they said.',
  )
  const breakers = meters.gauge('breaker_state', 'Breaker of a source: 0 closed, 1 half-open, 2 open.')
  const cache = meters.counter('cache_total', 'Symbols that were asked for, by what the cache made of them.')

  const seen = new Set<string>()

  watch.operation<QuotesTrace>('stock-bot.quotes', ({ source, outcomes = [] }, { seconds, error }) => {
    durations.observe({ source, outcome: error === undefined ? outcomeOf(outcomes) : 'threw' }, seconds)
    // A breaker that has never changed is closed, and says nothing of itself.
    if (!seen.has(source)) breakers.set({ source }, STATES.closed)
    seen.add(source)
  })
  watch.event('stock-bot.breaker', event => {
    const { source, state } = event as BreakerEvent
    seen.add(source)
    breakers.set({ source }, STATES[state])
  })
  watch.event('stock-bot.cache', event => {
    cache.add({ outcome: (event as CacheEvent).outcome })
  })
}

/** What a source said to a question in all: a failure where it had no quote, and it was not just unknown. */
function outcomeOf(outcomes: NonNullable<QuotesTrace['outcomes']>): string {
  if (outcomes.includes('ok')) return 'ok'
  return outcomes.find(outcome => outcome !== 'not-found') ?? 'not-found'
}
