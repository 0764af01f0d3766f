import type { AmqpEvent } from '@hubbub/hub/amqp'

/** What a broker on AMQP tells whoever listens: what its connections do, and what strangers sent it. */
export type AmqpBrokerEvent =
  | AmqpEvent
  /** RabbitMQ cannot be reached, or can no longer: once for each outage, however many connections and trials it is. */
  | { readonly type: 'away'; readonly host: string; readonly error: Error }
  /** It can be reached again, with all connections. */
  | { readonly type: 'back' }
  /** A message that cannot be read: a command is a dead letter then, a reply is dropped. */
  | {
      readonly type: 'malformed'
      readonly queue: string
      readonly messageId: string
      readonly reason: string
    }
  /** A reply that nobody can take any more: its hub and history are gone. Its command is settled. */
  | { readonly type: 'reply-returned'; readonly id: string; readonly to: string }

/** What the parts of a broker count together. */
export interface Counts {
  /** Messages that could not be read. */
  malformed: number
  /** Replies whose log nobody listens for any more. */
  returnedReplies: number
  /** Commands that came after their deadline. */
  expired: number
}
