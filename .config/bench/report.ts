/** Metrics by name; `lost` and `doubled` may be among them, and must be 0. */
export type Metrics = Readonly<Record<string, number>>

/** What a metric of ours may be, alone or in times of another system's. */
export interface Bar {
  readonly case: string
  readonly metric: string
  readonly most?: number
  readonly least?: number
  readonly peer?: string
}

/** What is measured. */
export interface ReportOptions {
  /** The bench's name, in each line of JSON. */
  readonly bench: string
  /** The system that the bars are for. */
  readonly ours: string
  readonly bars: readonly Bar[]
}

/** What all rounds of a bench have measured, and how it is shown. */
export class Report {
  readonly #options: ReportOptions
  readonly #samples = new Map<string, Map<string, Metrics[]>>()

  constructor(options: ReportOptions) {
    this.#options = options
  }

  add(name: string, system: string, metrics: Metrics): void {
    const systems = this.#samples.get(name) ?? new Map<string, Metrics[]>()
    this.#samples.set(name, systems)
    systems.set(system, [...(systems.get(system) ?? []), metrics])
  }

  /** How much was lost or doubled in any round. */
  get wrong(): number {
    const runs = [...this.#samples.values()].flatMap(systems => [...systems.values()].flat())
    return runs.reduce((sum, { lost = 0, doubled = 0 }) => sum + lost + doubled, 0)
  }

  /** One JSON object a line, the median of each metric. */
  json(): string {
    const lines: string[] = []
    for (const [name, systems] of this.#samples)
      for (const system of systems.keys())
        for (const metric of this.#metrics(name, system)) {
          const value = Number(this.#value(name, system, metric)?.toPrecision(4))
          lines.push(JSON.stringify({ bench: this.#options.bench, case: name, system, metric, value }))
        }
    return lines.join('\n')
  }

  /** A table for each case, and whether ours is within its bars. */
  table(): string {
    const lines: string[] = []
    for (const [name, systems] of this.#samples) {
      const [first] = systems.keys()
      const metrics = first ? this.#metrics(name, first) : []
      lines.push(row([name, ...metrics]))
      for (const system of systems.keys())
        lines.push(row([`  ${system}`, ...metrics.map(metric => show(this.#value(name, system, metric)))]))
      for (const { metric, peer, least, most } of this.#options.bars.filter(bar => bar.case === name)) {
        const ours = this.#value(name, this.#options.ours, metric)
        const theirs = peer === undefined ? 1 : this.#value(name, peer, metric)
        if (ours === undefined || theirs === undefined) continue
        const value = ours / theirs
        const of = peer === undefined ? '' : ` of ${peer}'s`
        const isMet = value <= (most ?? Infinity) && value >= (least ?? -Infinity)
        lines.push(`${isMet ? 'met   ' : 'MISSED'} ${metric} ${show(value)}${of}, bar ${range(least, most)}`)
      }
      lines.push('')
    }
    return lines.join('\n')
  }

  #metrics(name: string, system: string): string[] {
    return Object.keys(this.#samples.get(name)?.get(system)?.[0] ?? {})
  }

  /** The median; of what must not happen at all, the most. */
  #value(name: string, system: string, metric: string): number | undefined {
    const values = this.#samples
      .get(name)
      ?.get(system)
      ?.map(each => each[metric] ?? Number.NaN)
      .toSorted((a, b) => a - b)
    return metric === 'lost' || metric === 'doubled'
      ? values?.at(-1)
      : values?.[Math.floor((values.length - 1) / 2)]
  }
}

const range = (least: number | undefined, most: number | undefined): string => {
  if (least === undefined) return `at most ${most}`
  return most === undefined ? `at least ${least}` : `${least} to ${most}`
}

const show = (value: number | undefined): string =>
  value === undefined || Number.isNaN(value)
    ? ''
    : Number.isInteger(value)
      ? String(value)
      : value.toPrecision(3)

const row = ([name = '', ...cells]: readonly string[]): string =>
  name.padEnd(13) + cells.map(cell => cell.padStart(Math.max(10, cell.length + 2))).join('')
