import { Meters, type RegistryLike } from './meters.ts'
import { Watch } from '../watch.ts'
import { watchCommands } from './watch-commands.ts'
import { watchConnections } from './watch-connections.ts'
import { watchQuotes } from './watch-quotes.ts'

/** A broker whose outbox is measured: what `amqpBroker()` returns. */
export interface WatchedBroker {
  stats(): { readonly publishing: { readonly waiting: number; readonly waitingBytes: number } }
}

/** What is measured besides, and how it is called. */
export interface PrometheusOptions {
  /** In front of every name. @default 'stock_bot_' */
  readonly prefix?: string
  /** Whose outbox is measured. @default none */
  readonly broker?: WatchedBroker
}

/**
 * Measures what the bot kit does in this process, until the returned function is called, for whoever scrapes the
 * registry. Labels are names of commands, sources and connections, and how something ended: never a room, a user
 * or a symbol. A metric has at most 500 series; what comes on top is counted together as `other`.
 * @throws Error, from the registry, where it has a metric of such a name already
 * @example
 * const registry = new Registry() // of prom-client
 * const stop = prometheus(registry, { broker })
 */
export function prometheus(
  registry: RegistryLike,
  { prefix = 'stock_bot_', broker }: PrometheusOptions = {},
): () => void {
  const meters = new Meters(registry, prefix)
  const watch = new Watch()
  const stop = (): void => {
    watch.stop()
    meters.remove()
  }
  try {
    watchCommands(watch, meters)
    watchQuotes(watch, meters)
    watchConnections(watch, meters)
    if (broker) watchOutbox(broker, meters)
  } catch (error) {
    stop()
    throw error
  }
  return stop
}

function watchOutbox(broker: WatchedBroker, meters: Meters): void {
  meters.gauge('outbox_messages', 'Messages that RabbitMQ has not confirmed yet.', () => {
    return broker.stats().publishing.waiting
  })
  meters.gauge('outbox_bytes', 'Bytes of messages that RabbitMQ has not confirmed yet.', () => {
    return broker.stats().publishing.waitingBytes
  })
}
