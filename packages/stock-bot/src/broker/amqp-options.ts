import type {
  AmqpConnectionOptions,
  AmqpConnectionStats,
  OutboxLimits,
  PublisherStats,
} from '@hubbub/hub/amqp'
import type { AmqpBrokerEvent, Counts } from './amqp-events.ts'
import type { Broker } from './broker.ts'

/** How a broker on RabbitMQ is reached, and how it behaves. */
export interface AmqpBrokerOptions extends Pick<
  AmqpConnectionOptions,
  'urls' | 'tls' | 'heartbeat' | 'connectTimeout' | 'backoff' | 'clock' | 'random'
> {
  /** Names this process to RabbitMQ and, as `appId`, to whoever reads its messages. @default 'hubbub' */
  readonly name?: string
  /** How much may wait for RabbitMQ's confirmation. @default 10,000 messages, 8 MiB */
  readonly outbox?: OutboxLimits
  /** How long `close` waits for what is in hand, in milliseconds. @default 5,000 */
  readonly closeTimeout?: number
  /**
   * How long `onCommand` and `onReply` wait for their first subscription, in milliseconds. After that they
   * resolve all the same, and take work as soon as RabbitMQ is back. @default 10,000
   */
  readonly subscribeTimeout?: number
  /** Told what happens: connections, blocked publishing, unreadable messages. What it throws is dropped. */
  readonly onEvent?: (event: AmqpBrokerEvent) => void
}

/** Plain numbers about a broker. */
export interface AmqpBrokerStats extends Readonly<Counts> {
  readonly publishing: AmqpConnectionStats & PublisherStats
  readonly consuming: AmqpConnectionStats
}

/** A broker on RabbitMQ, with what an operator may look at. */
export interface AmqpBroker extends Broker, AsyncDisposable {
  /** Resolves once both connections are up; rejects when the signal aborts or the broker is closed. */
  connected(signal?: AbortSignal): Promise<void>
  stats(): AmqpBrokerStats
}
