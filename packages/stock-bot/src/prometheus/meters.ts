import { Counter, Gauge, Histogram } from './metric.ts'

/** The part of a registry of prom-client that is used. */
export interface RegistryLike {
  registerMetric(metric: { get(): Promise<unknown> }): void
  removeSingleMetric(name: string): void
}

/** Makes metrics in a registry, and takes them away again. */
export class Meters {
  readonly #registry: RegistryLike
  readonly #prefix: string
  readonly #names: string[] = []

  constructor(registry: RegistryLike, prefix: string) {
    this.#registry = registry
    this.#prefix = prefix
  }

  counter(name: string, help: string): Counter {
    return this.#add(new Counter(this.#prefix + name, help))
  }

  /** With `look`, one that is looked up when it is scraped. */
  gauge(name: string, help: string, look?: () => number): Gauge {
    return this.#add(new Gauge(this.#prefix + name, help, look))
  }

  histogram(name: string, help: string): Histogram {
    return this.#add(new Histogram(this.#prefix + name, help))
  }

  remove(): void {
    for (const name of this.#names.splice(0)) this.#registry.removeSingleMetric(name)
  }

  #add<M extends Counter | Gauge | Histogram>(metric: M): M {
    const { name } = metric
    this.#registry.registerMetric(metric)
    this.#names.push(name)
    return metric
  }
}
