/** Remembers quotes for a short while, and asks once where many ask at the same time. */
import { LRUCache } from 'lru-cache'
import { givenUp } from './ask.ts'
import { isTooLate, unasked } from './budget.ts'
import type { CachedQuotes, CacheOptions, CacheStats } from './cache-options.ts'
import { machineClock, type QuoteClock } from './clock.ts'
import { Flight } from './flight.ts'
import { type AskOptions, type QuoteResult, type QuoteSource, SAMPLE_SOURCE } from './source.ts'
import { traceCache } from './trace-quotes.ts'

/** What is remembered of a symbol. */
interface Entry {
  readonly result: QuoteResult
  readonly since: number
  /** No refresh is started before. */
  notBefore: number
}

/** Milliseconds between two refreshes of a quote where the first failed at once. */
const REFRESH_PAUSE_MS = 5_000

/**
 * Puts a cache before a source. A symbol is asked for once however many want it; who gives up leaves alone,
 * and the request is aborted only when the last one has left. What one call has to ask for goes out as one call.
 * Made-up data is never given stale, and never takes the place of a real quote.
 * @throws RangeError where an option is not a whole number in its range.
 */
export function cachedQuotes(source: QuoteSource, options: CacheOptions = {}): CachedQuotes {
  return new QuoteCache(source, options)
}

class QuoteCache implements CachedQuotes {
  readonly name: string
  readonly #source: QuoteSource
  readonly #ttl: number
  readonly #maxAge: number
  readonly #notFoundTtl: number
  readonly #refreshTimeout: number
  readonly #clock: QuoteClock
  readonly #known: LRUCache<string, Entry>
  readonly #flights = new Map<string, Flight>()
  readonly #counts = {
    hits: 0,
    stale: 0,
    notFoundHits: 0,
    misses: 0,
    shared: 0,
    refreshes: 0,
    refreshFailures: 0,
  }
  #closed = false

  constructor(source: QuoteSource, options: CacheOptions) {
    const { ttl = 30_000, notFoundTtl = 60_000, refreshTimeout = 20_000, max = 1_000 } = options
    const { maxAge = Math.max(ttl, 120_000), clock = machineClock } = options
    requireWhole('ttl', ttl, 1)
    requireWhole('maxAge', maxAge, ttl)
    requireWhole('notFoundTtl', notFoundTtl, 1)
    requireWhole('refreshTimeout', refreshTimeout, 1_000)
    requireWhole('max', max, 1)
    this.name = source.name
    this.#source = source
    this.#ttl = ttl
    this.#maxAge = maxAge
    this.#notFoundTtl = notFoundTtl
    this.#refreshTimeout = refreshTimeout
    this.#clock = clock
    this.#known = new LRUCache({
      max,
      ttl: maxAge,
      // 0, for the default keeps a timer of its own to avoid reading the clock.
      ttlResolution: 0,
      // Plus 1, for lru-cache takes a start of 0 as "has no age", and a test's clock starts at 0.
      perf: { now: () => clock.monotonic() + 1 },
    })
  }

  stats(): CacheStats {
    return { ...this.#counts, inFlight: this.#flights.size }
  }

  recall(symbols: readonly string[]): readonly QuoteResult[] | undefined {
    const found = new Map<string, Entry>()
    const entries: Entry[] = []
    for (const symbol of symbols) {
      const key = symbol.toUpperCase()
      const entry = this.#known.get(key)
      // Not counted: whoever goes on to ask for all of them is counted there.
      if (!entry) return undefined
      found.set(key, entry)
      entries.push(entry)
    }
    this.#refresh(this.#count(found))
    const now = this.#clock.monotonic()
    return entries.map(entry => given(entry, now))
  }

  async quotes(symbols: readonly string[], options: AskOptions): Promise<readonly QuoteResult[]> {
    const keys = symbols.map(symbol => symbol.toUpperCase())
    const found = new Map<string, Entry>()
    const joined = new Set<Flight>()
    const missing = new Set<string>()
    for (const key of new Set(keys)) {
      const entry = this.#known.get(key)
      const flight = this.#flights.get(key)
      if (entry) found.set(key, entry)
      else {
        this.#counts.misses += 1
        if (flight) {
          joined.add(flight)
          this.#counts.shared += 1
        } else missing.add(key)
        traceCache(flight ? 'coalesced' : 'miss')
      }
    }
    const stale = this.#count(found)
    const late = isTooLate(this.#clock, options.deadline)
    // What is stale goes along where something is asked for anyway: one command, one question.
    if (missing.size > 0 && !late && !options.signal.aborted && !this.#closed) {
      joined.add(this.#start([...missing, ...stale], options.deadline, stale))
    } else this.#refresh(stale)
    const landed = await Promise.all([...joined].map(flight => flight.wait(options)))
    const now = this.#clock.monotonic()
    return keys.map(key => {
      const before = found.get(key)
      // Meanwhile there may be a newer one. One that has become too old during the wait is better than none.
      const entry = before && (this.#known.peek(key) ?? before)
      const result = entry ? given(entry, now) : landed.find(results => results?.has(key))?.get(key)
      if (result) return result
      return late && missing.has(key) ? unasked(this.name) : givenUp(this.name)
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    const flights = [...new Set(this.#flights.values())]
    for (const flight of flights) flight.abort('the cache was closed')
    await Promise.all(flights.map(flight => flight.results))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Counts what was found, and returns what of it is to be asked for again. */
  #count(found: ReadonlyMap<string, Entry>): readonly string[] {
    const now = this.#clock.monotonic()
    const stale: string[] = []
    for (const [key, { result, since, notBefore }] of found) {
      const old = now - since > this.#freshFor(result)
      this.#counts.hits += 1
      if (!result.ok) this.#counts.notFoundHits += 1
      if (old) this.#counts.stale += 1
      if (old && now >= notBefore && !this.#flights.has(key)) stale.push(key)
      traceCache(old ? 'stale' : result.ok ? 'hit' : 'negative')
    }
    return stale
  }

  /** Asks in the background: nobody waits for it, so it has a time limit of its own, and `close()` ends it. */
  #refresh(keys: readonly string[]): void {
    if (keys.length === 0 || this.#closed) return
    const flight = this.#start(keys, this.#clock.now() + this.#refreshTimeout, keys)
    flight.hold()
    // Only its own hold ends: who waits for it by then, the stale quote being too old, may go on waiting.
    const cancel = this.#clock.setTimer(() => {
      flight.release()
    }, this.#refreshTimeout)
    void flight.results.then(cancel)
  }

  /** Asks for the keys, some of which are known and only stale. */
  #start(keys: readonly string[], deadline: number | undefined, stale: readonly string[]): Flight {
    const flight = new Flight(this.#source, keys, deadline, landed => {
      for (const key of keys) {
        this.#flights.delete(key)
        const learned = this.#learn(key, landed?.get(key))
        if (!learned && !this.#closed && stale.includes(key)) this.#counts.refreshFailures += 1
      }
    })
    for (const key of keys) this.#flights.set(key, flight)
    this.#counts.refreshes += stale.length
    return flight
  }

  /** Remembers what is worth it and says so; else what was known stays, and is not asked for again at once. */
  #learn(key: string, result: QuoteResult | undefined): boolean {
    const now = this.#clock.monotonic()
    const before = this.#known.peek(key)
    const sample = result?.ok === true && result.quote.source === SAMPLE_SOURCE
    if (!result || !isAnswer(result) || (sample && before)) {
      if (before) before.notBefore = now + REFRESH_PAUSE_MS
      return false
    }
    const ttl = result.ok && !sample ? this.#maxAge : this.#freshFor(result)
    this.#known.set(key, { result, since: now, notBefore: now }, { ttl })
    return true
  }

  #freshFor(result: QuoteResult): number {
    return result.ok ? this.#ttl : this.#notFoundTtl
  }
}

/** What is remembered, as it is given: with its age. */
function given({ result, since }: Entry, now: number): QuoteResult {
  return result.ok ? { ok: true, quote: result.quote, ageMs: now - since } : result
}

/** Whether it is about the symbol, and not about the source. */
function isAnswer(result: QuoteResult): boolean {
  return result.ok || result.kind === 'not-found'
}

function requireWhole(option: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return
  throw new RangeError(`${option} must be a whole number from ${least} up, and is ${value}`)
}
