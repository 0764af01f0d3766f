/** Remembers quotes for a short while, and asks once where many ask at the same time. */
import { LRUCache } from 'lru-cache'
import { untilAborted } from './aborted.ts'
import { askSource, givenUp } from './ask.ts'
import { machineClock, type QuoteClock } from './clock.ts'
import type { QuoteResult, QuoteSource } from './source.ts'

/** How long and how much is remembered. */
export interface CacheOptions {
  /** Milliseconds that a quote is remembered. @default 30_000 */
  readonly ttl?: number
  /** Milliseconds that `not-found` is remembered. No other refusal is. @default 60_000 */
  readonly notFoundTtl?: number
  /** Most symbols remembered; the least recently asked go first. @default 1_000 */
  readonly max?: number
  readonly clock?: QuoteClock
}

/** Counts since the start, one per symbol asked. */
export interface CacheStats {
  readonly hits: number
  /** Hits that said `not-found`; counted in `hits` too. */
  readonly notFoundHits: number
  readonly misses: number
  /** Misses that found the same symbol already asked, and shared its answer; counted in `misses` too. */
  readonly shared: number
  /** Symbols being asked for at this moment. */
  readonly inFlight: number
}

/** A source that remembers. */
export interface CachedQuotes extends QuoteSource {
  stats(): CacheStats
}

/** One call to the source, shared by everybody who waits for one of its symbols. */
interface Flight {
  readonly keys: readonly string[]
  readonly results: Promise<ReadonlyMap<string, QuoteResult>>
  readonly controller: AbortController
  waiters: number
  landed: boolean
}

/**
 * Puts a cache before a source. A symbol is asked for once however many want it; who gives up leaves alone,
 * and the request is aborted only when the last one has left. New symbols of one call go out as one call.
 * @throws RangeError where an option is not a whole number from 1 up.
 */
export function cachedQuotes(source: QuoteSource, options: CacheOptions = {}): CachedQuotes {
  const { ttl = 30_000, notFoundTtl = 60_000, max = 1_000, clock = machineClock } = options
  for (const [option, value] of Object.entries({ ttl, notFoundTtl, max })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`${option} must be a whole number from 1 up, and is ${value}`)
    }
  }
  const known = new LRUCache<string, QuoteResult>({
    max,
    ttl,
    // 0, for the default keeps a timer of its own to avoid reading the clock.
    ttlResolution: 0,
    // Plus 1, for lru-cache takes a start of 0 as "has no age", and a test's clock starts at 0.
    perf: { now: () => clock.monotonic() + 1 },
  })
  const flights = new Map<string, Flight>()
  const counts = { hits: 0, notFoundHits: 0, misses: 0, shared: 0 }

  const land = (flight: Flight): void => {
    flight.landed = true
    for (const key of flight.keys) if (flights.get(key) === flight) flights.delete(key)
  }

  const take = (keys: readonly string[]): Flight => {
    const controller = new AbortController()
    const results = askSource(source, keys, controller.signal).then(answers => {
      const byKey = new Map<string, QuoteResult>()
      for (const [index, key] of keys.entries()) {
        const result = answers[index] ?? givenUp(source.name)
        byKey.set(key, result)
        if (result.ok) known.set(key, result)
        else if (result.kind === 'not-found') known.set(key, result, { ttl: notFoundTtl })
      }
      land(flight)
      return byKey
    })
    const flight: Flight = { keys, results, controller, waiters: 0, landed: false }
    for (const key of keys) flights.set(key, flight)
    return flight
  }

  const leave = (flight: Flight): void => {
    flight.waiters -= 1
    if (flight.waiters > 0 || flight.landed) return
    // Out of the map first: who asks from now on must not join a request that is being aborted.
    land(flight)
    flight.controller.abort(new DOMException('nobody waits for this quote any more', 'AbortError'))
  }

  return {
    name: source.name,
    stats: () => ({ ...counts, inFlight: flights.size }),
    async quotes(symbols, { signal }): Promise<readonly QuoteResult[]> {
      const keys = symbols.map(symbol => symbol.toUpperCase())
      const hits = new Map<string, QuoteResult>()
      const joined = new Set<Flight>()
      const missing = new Set<string>()
      for (const key of new Set(keys)) {
        const hit = known.get(key)
        const flight = flights.get(key)
        if (hit) {
          hits.set(key, hit)
          counts.hits += 1
          if (!hit.ok) counts.notFoundHits += 1
        } else if (flight) {
          joined.add(flight)
          counts.shared += 1
        } else missing.add(key)
        if (!hit) counts.misses += 1
      }
      if (missing.size > 0 && !signal.aborted) joined.add(take([...missing]))
      const landed = await Promise.all([...joined].map(flight => wait(flight, signal, leave)))
      return keys.map(key => {
        const found = hits.get(key) ?? landed.find(results => results?.has(key))?.get(key)
        return found ?? givenUp(source.name)
      })
    },
  }
}

/** One waiter's share of a flight; undefined where the waiter's own signal ended the waiting. */
async function wait(
  flight: Flight,
  signal: AbortSignal,
  leave: (flight: Flight) => void,
): Promise<ReadonlyMap<string, QuoteResult> | undefined> {
  flight.waiters += 1
  try {
    return await untilAborted(flight.results, signal)
  } catch {
    return undefined
  } finally {
    leave(flight)
  }
}
