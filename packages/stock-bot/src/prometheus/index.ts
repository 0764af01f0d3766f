/** `@hubbub/stock-bot/prometheus`: metrics of commands, sources and connections, for a registry of prom-client. */
export { prometheus, type PrometheusOptions, type WatchedBroker } from './prometheus.ts'
export type { RegistryLike } from './meters.ts'
