/** Several sources as one: each is asked for what the ones before it could not answer. */
import { askSource, givenUp, recallFrom } from './ask.ts'
import { Breaker, type BreakerOptions, type BreakerState } from './breaker.ts'
import { isTooLate, unasked } from './budget.ts'
import { machineClock, type QuoteClock } from './clock.ts'
import { SAMPLE_SOURCE, type QuoteRefusal, type QuoteResult, type QuoteSource } from './source.ts'
import { traceBreaker, traceQuotes } from './trace-quotes.ts'

/** What a source's breaker is doing. */
export interface SourceState {
  readonly source: string
  readonly state: BreakerState
  /** Why it is not closed, and in how many milliseconds the source may be tried. */
  readonly reason: QuoteRefusal | undefined
}

/** A source made of sources. */
export interface QuoteChain extends QuoteSource {
  /** In the order of the sources: for health checks and metrics. */
  states(): readonly SourceState[]
}

/** How a chain behaves. */
export interface ChainOptions extends BreakerOptions {
  /** Called when a source's breaker changes between closed and open, with the new state. Must not throw. */
  readonly onChange?: (state: SourceState) => void
  readonly clock?: QuoteClock
}

/**
 * Tries the sources in the order given; each has its own breaker.
 *
 * An outage of one passes the question on to the next. `not-found` is an answer: another live source is still
 * asked, because it may list more, but sample data never stands in for it, and an outage further down does not
 * hide it. The other way round, a symbol missing from the sample data says nothing about the live sources:
 * then their outage is what is reported. A source that does not cover a symbol is passed by. With less than
 * 500 ms to the deadline nothing is asked any more, except what a source can recall without waiting.
 *
 * @throws RangeError without any source.
 */
export function chainQuotes(sources: readonly QuoteSource[], options: ChainOptions = {}): QuoteChain {
  if (sources.length === 0) throw new RangeError('a chain needs at least one source')
  const links = sources.map((source): Link => {
    return { source, breaker: new Breaker(options), told: 'closed' }
  })
  const name = sources.map(source => source.name).join(',')
  const { clock = machineClock } = options
  return {
    name,
    states: () => links.map(link => stateOf(link)),
    async quotes(symbols, asked): Promise<readonly QuoteResult[]> {
      const { signal } = asked
      const tries = symbols.map(() => new Tries())
      for (const link of links) {
        const sample = link.source.name === SAMPLE_SOURCE
        const open = tries.flatMap((tried, index) =>
          tried.wants(sample) && covers(link.source, symbols[index] ?? '') ? [index] : [],
        )
        if (open.length === 0 || signal.aborted) continue
        const wanted = open.map(index => symbols[index] ?? '')
        // Before the breaker: a call that does not go out must take no place of a trial.
        if (isTooLate(clock, asked.deadline)) {
          const known = recallFrom(link.source, wanted)
          for (const [position, index] of open.entries()) {
            tries[index]?.add(known?.[position] ?? unasked(link.source.name))
          }
          continue
        }
        // Half-open comes with time alone, so it is seen only when somebody wants to ask.
        tell(link, options)
        const permit = link.breaker.enter()
        if (!permit.ok) {
          for (const index of open) tries[index]?.add({ ...permit, source: link.source.name })
          continue
        }
        const trace = { source: link.source.name, count: wanted.length }
        const results = await traceQuotes(() => askSource(link.source, wanted, asked), trace)
        permit.settle(signal.aborted ? undefined : results)
        tell(link, options)
        for (const [position, index] of open.entries()) {
          const result = results[position]
          if (result) tries[index]?.add(result)
        }
      }
      return tries.map(tried => tried.result() ?? (signal.aborted ? givenUp(name) : notListed(name)))
    },
  }
}

/** A source, its breaker, and the state of it that was told last. */
interface Link {
  readonly source: QuoteSource
  readonly breaker: Breaker
  told: BreakerState
}

function stateOf({ source, breaker }: Link): SourceState {
  return { source: source.name, state: breaker.state, reason: breaker.reason }
}

function tell(link: Link, { onChange }: ChainOptions): void {
  const now = stateOf(link)
  const before = link.told
  if (now.state === before) return
  link.told = now.state
  const { source, state, reason } = now
  traceBreaker({ source, state, kind: reason?.kind, retryAfterMs: reason?.retryAfterMs })
  if (before === 'closed' || state === 'closed') onChange?.(now)
}

function covers(source: QuoteSource, symbol: string): boolean {
  return source.covers?.(symbol) ?? true
}

function notListed(source: string): QuoteRefusal {
  return { ok: false, kind: 'not-found', source, detail: 'no source has such listings' }
}

/** What the sources have said of one symbol so far. */
class Tries {
  readonly #refusals: QuoteRefusal[] = []
  #answer: QuoteResult | undefined

  /** Whether the next source is to be asked. */
  wants(sample: boolean): boolean {
    return !this.#answer && !(sample && this.#refusals.some(({ kind }) => kind === 'not-found'))
  }

  add(result: QuoteResult): void {
    if (result.ok) this.#answer = result
    else this.#refusals.push(result)
  }

  /** What they amount to; undefined where no source was asked. */
  result(): QuoteResult | undefined {
    if (this.#answer) return this.#answer
    const live = this.#refusals.filter(({ source }) => source !== SAMPLE_SOURCE)
    const decisive = live.find(({ kind }) => kind === 'not-found') ?? live[0] ?? this.#refusals[0]
    if (!decisive || decisive.kind === 'not-found' || this.#refusals.length === 1) return decisive
    const waits = live.flatMap(({ retryAfterMs }) => (retryAfterMs === undefined ? [] : [retryAfterMs]))
    return {
      ok: false,
      kind: decisive.kind,
      source: this.#refusals.map(({ source }) => source).join(','),
      detail: this.#refusals.map(({ source, kind, detail }) => `${source}: ${kind}: ${detail}`).join('; '),
      // The first source that may be asked again decides; one of unknown wait may be asked at once.
      ...(waits.length === live.length && { retryAfterMs: Math.min(...waits) }),
      reasons: [...this.#refusals],
      ...(this.#refusals.every(({ unasked }) => unasked) && { unasked: true }),
    }
  }
}
