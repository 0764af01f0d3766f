import { collectDefaultMetrics, Registry } from 'prom-client'
import { prometheus, type WatchedBroker } from '../prometheus/index.ts'

/** What `/metrics` shows. */
export interface Metrics extends Disposable {
  scrape(): Promise<{ readonly type: string; readonly text: string }>
}

/** Measures this process and its bot. */
export function measure(broker: WatchedBroker): Metrics {
  const registry = new Registry()
  // Memory, CPU, and how late the event loop is.
  collectDefaultMetrics({ register: registry })
  const stop = prometheus(registry, { broker })
  return {
    async scrape() {
      return { type: registry.contentType, text: await registry.metrics() }
    },
    [Symbol.dispose]: stop,
  }
}
