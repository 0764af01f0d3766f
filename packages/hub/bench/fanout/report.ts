import { bars, type Metrics } from './cases.ts'
import type { System } from './dialects.ts'

/** What all rounds have measured, and how it is shown. */
export class Report {
  readonly #samples = new Map<string, Map<System, Metrics[]>>()

  add(name: string, system: System, metrics: Metrics): void {
    const systems = this.#samples.get(name) ?? new Map<System, Metrics[]>()
    this.#samples.set(name, systems)
    systems.set(system, [...(systems.get(system) ?? []), metrics])
  }

  /** Deliveries that were lost or doubled in any round. */
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
          lines.push(JSON.stringify({ bench: 'fanout', case: name, system, metric, value }))
        }
    return lines.join('\n')
  }

  /** A table for each case, and whether the hub is within its bars. */
  table(): string {
    const lines: string[] = []
    for (const [name, systems] of this.#samples) {
      const [first] = systems.keys()
      const metrics = first ? this.#metrics(name, first) : []
      lines.push(row([name, ...metrics]))
      for (const system of systems.keys())
        lines.push(row([`  ${system}`, ...metrics.map(metric => show(this.#value(name, system, metric)))]))
      for (const { metric, peer, least, most } of bars.filter(bar => bar.case === name)) {
        const ours = this.#value(name, 'hub', metric)
        const theirs = peer === undefined ? 1 : this.#value(name, peer, metric)
        if (ours === undefined || theirs === undefined) continue
        const value = ours / theirs
        const of = peer === undefined ? '' : ` of ${peer}'s`
        const isMet = value <= most && value >= (least ?? -Infinity)
        const bar = least === undefined ? most : `${least} to ${most}`
        lines.push(`${isMet ? 'met   ' : 'MISSED'} ${metric} ${show(value)}${of}, bar ${bar}`)
      }
      lines.push('')
    }
    return lines.join('\n')
  }

  #metrics(name: string, system: System): string[] {
    return Object.keys(this.#samples.get(name)?.get(system)?.[0] ?? {})
  }

  /** The median; of what must not happen at all, the most. */
  #value(name: string, system: System, metric: string): number | undefined {
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

const show = (value: number | undefined): string =>
  value === undefined ? '' : Number.isInteger(value) ? String(value) : value.toPrecision(3)

const row = ([name = '', ...cells]: readonly string[]): string =>
  name.padEnd(13) + cells.map(cell => cell.padStart(Math.max(10, cell.length + 2))).join('')
