/** Metrics in the form that a registry of prom-client reads when it is scraped. Nothing of prom-client is needed. */

export type Labels = Readonly<Record<string, string>>

/** One value, as a registry reads it. */
interface Sample {
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
  /** Where it is not the metric's own. */
  readonly metricName?: string
}

/**
 * Series that a metric may have. What comes on top is counted together as `other`: names of commands and sources
 * may come from strangers, and must not grow without bound.
 */
const MOST_SERIES = 500

/** What every metric is, and what a registry calls. */
abstract class Metric<State> {
  // Not read-only: a registry in the OpenMetrics format takes `_total` away.
  name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly aggregator = 'sum'
  readonly #series = new Map<string, { readonly labels: Labels; readonly state: State }>()

  constructor(type: 'counter' | 'gauge' | 'histogram', name: string, help: string) {
    this.type = type
    this.name = name
    this.help = help
  }

  get(): Promise<object> {
    const { name, help, type, aggregator } = this
    return Promise.resolve({ name, help, type, aggregator, values: this.samples() })
  }

  reset(): void {
    this.#series.clear()
  }

  protected samples(): readonly Sample[] {
    return [...this.#series.values()].flatMap(({ labels, state }) => this.read(labels, state))
  }

  /** The state of the series with these labels. */
  protected at(labels: Labels): State {
    const key = Object.values(labels).join('\0')
    const known = this.#series.get(key)
    if (known) return known.state
    if (this.#series.size >= MOST_SERIES && !Object.values(labels).every(value => value === 'other'))
      return this.at(Object.fromEntries(Object.keys(labels).map(label => [label, 'other'])))
    const state = this.begin()
    this.#series.set(key, { labels, state })
    return state
  }

  protected abstract begin(): State
  protected abstract read(labels: Labels, state: State): readonly Sample[]
}

/** A number of each series that goes up. */
export class Counter extends Metric<{ value: number }> {
  constructor(name: string, help: string) {
    super('counter', name, help)
  }

  add(labels: Labels = {}, by = 1): void {
    this.at(labels).value += by
  }

  protected begin(): { value: number } {
    return { value: 0 }
  }

  protected read(labels: Labels, { value }: { value: number }): readonly Sample[] {
    return [{ labels, value }]
  }
}

/** A number of each series that goes up and down; with `look`, one that is looked up when it is read. */
export class Gauge extends Metric<{ value: number }> {
  readonly #look: (() => number) | undefined

  constructor(name: string, help: string, look?: () => number) {
    super('gauge', name, help)
    this.#look = look
  }

  set(labels: Labels, value: number): void {
    this.at(labels).value = value
  }

  add(by: number): void {
    this.at({}).value += by
  }

  protected override samples(): readonly Sample[] {
    return this.#look ? [{ labels: {}, value: this.#look() }] : super.samples()
  }

  protected begin(): { value: number } {
    return { value: 0 }
  }

  protected read(labels: Labels, { value }: { value: number }): readonly Sample[] {
    return [{ labels, value }]
  }
}

/** The bounds that the semantic conventions recommend for messaging, in seconds, and a command's longest. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30]

interface Distribution {
  readonly counts: number[]
  sum: number
  count: number
}

/** How many durations of each series were how long. */
export class Histogram extends Metric<Distribution> {
  constructor(name: string, help: string) {
    super('histogram', name, help)
  }

  observe(labels: Labels, seconds: number): void {
    const state = this.at(labels)
    const bucket = BOUNDS.findIndex(bound => seconds <= bound)
    if (bucket !== -1) state.counts[bucket] = (state.counts[bucket] ?? 0) + 1
    state.sum += seconds
    state.count += 1
  }

  protected begin(): Distribution {
    return { counts: BOUNDS.map(() => 0), sum: 0, count: 0 }
  }

  protected read(labels: Labels, { counts, sum, count }: Distribution): readonly Sample[] {
    let below = 0
    const buckets = BOUNDS.map((le, index) => {
      below += counts[index] ?? 0
      return { metricName: `${this.name}_bucket`, labels: { le, ...labels }, value: below }
    })
    return [
      ...buckets,
      { metricName: `${this.name}_bucket`, labels: { le: '+Inf', ...labels }, value: count },
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: count },
    ]
  }
}
