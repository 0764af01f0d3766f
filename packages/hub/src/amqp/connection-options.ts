import type { ConnectionOptions as TlsOptions } from 'node:tls'
import type { Channel } from 'amqplib'
import type { Clock } from '../clock.ts'
import type { Backoff } from './backoff.ts'
import type { OnAmqpEvent } from './events.ts'

/** How a connection is made and kept. */
export interface AmqpConnectionOptions {
  /**
   * `amqp://user:password@host:5672/vhost`, or `amqps:` for TLS. Several are tried in turn: while one of them is
   * there, nobody waits for another.
   */
  readonly urls: string | readonly string[]
  /** Shown in RabbitMQ's list of connections and in events. @default 'hubbub' */
  readonly name?: string
  /** Declares what must exist before anything is published or consumed; runs on every new connection. */
  readonly topology?: (channel: Channel) => Promise<void>
  /** Passed to `tls.connect` where the address says `amqps:`, such as `ca`, or `cert` and `key`. */
  readonly tls?: TlsOptions
  /** Seconds between heartbeats; a dead peer is found after 2 to 3. An address may say otherwise. @default 10 */
  readonly heartbeat?: number
  /** Milliseconds that connecting, and then the topology, may take before the next host is tried. @default 10,000 */
  readonly connectTimeout?: number
  /** @default 50 to 500 ms */
  readonly backoff?: Backoff
  /** Told what happens. What it throws is dropped. */
  readonly onEvent?: OnAmqpEvent
  /** @default the machine's clock */
  readonly clock?: Clock
  /** For jitter only. @default Math.random */
  readonly random?: () => number
}

/** The addresses, checked. No message quotes one: it may hold a password. */
export function validUrls(urls: string | readonly string[]): readonly string[] {
  const list = typeof urls === 'string' ? [urls] : [...urls]
  if (list.length === 0) throw new RangeError('urls must hold at least one address')
  for (const [i, url] of list.entries()) {
    if (!URL.canParse(url) || !['amqp:', 'amqps:'].includes(new URL(url).protocol))
      throw new TypeError(`urls[${i}] must look like amqp://user:password@host:5672/vhost (or amqps://)`)
  }
  return list
}

/** The backoff, checked. */
export function validBackoff(backoff: Backoff): Backoff {
  const { min, max } = backoff
  if (min >= 50 && max >= min && Number.isFinite(max)) return backoff
  throw new RangeError(`backoff must have 50 <= min <= max in milliseconds, got { min: ${min}, max: ${max} }`)
}
