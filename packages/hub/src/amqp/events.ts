/** What a supervised connection tells whoever listens: for logs, metrics and readiness. */

/** As of a circuit breaker: `closed` is up, `open` is down, `half-open` is a trial that is under way. */
export type AmqpState = 'closed' | 'open' | 'half-open'

/** Something that happened. No address in it shows a user or a password. */
export type AmqpEvent =
  | { readonly type: 'state'; readonly connection: string; readonly state: AmqpState }
  /** A trial failed, or an established connection ended; the next trial, maybe elsewhere, comes after `retryInMs`. */
  | {
      readonly type: 'down'
      readonly connection: string
      readonly host: string
      readonly error: Error
      readonly retryInMs: number
    }
  /** The broker takes no messages for now, mostly for want of memory or disk; absent `reason`: it does again. */
  | { readonly type: 'blocked'; readonly connection: string; readonly reason: string | undefined }
  /** One channel ended while its connection went on; it is opened again after `retryInMs`. */
  | {
      readonly type: 'channel-lost'
      readonly connection: string
      readonly channel: string
      readonly error: Error
      readonly retryInMs: number
    }
  /** A handler of deliveries threw. The message was given back. */
  | { readonly type: 'handler-failed'; readonly channel: string; readonly error: Error }

export type OnAmqpEvent = (event: AmqpEvent) => void

/** Calls a listener that must not harm its caller: what it throws is dropped. */
export function tell<E>(listener: ((event: E) => void) | undefined, event: E): void {
  try {
    listener?.(event)
  } catch {
    // A broken log must not break the connection.
  }
}
