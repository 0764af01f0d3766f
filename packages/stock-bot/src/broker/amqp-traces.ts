/** What others can watch of commands that come over RabbitMQ. */
import type { Delivery } from '@hubbub/hub/amqp'
import { traceSettle } from '../trace.ts'
import { DELIVERY_LIMIT } from './amqp-topology.ts'
import type { Command } from './broker.ts'

/** What this broker is called where others watch it. */
export const SYSTEM = 'rabbitmq'

/** How often a bot had it before: a quorum queue counts, any other says only whether. */
export function redeliveriesOf({ message: { properties, fields } }: Delivery): number {
  const count: unknown = properties.headers?.['x-delivery-count']
  if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) return count
  return fields.redelivered ? 1 : 0
}

/** The delivery with an end that others can watch. */
export function watched(delivery: Delivery, command: Command): Delivery {
  return {
    message: delivery.message,
    ack: () => traceSettle(SYSTEM, command, 'ack', 'done', () => delivery.ack()),
    nack: requeue => {
      // The queue makes a dead letter of what is given back once too often.
      const last = requeue && redeliveriesOf(delivery) >= DELIVERY_LIMIT
      const settlement = requeue && !last ? 'requeue' : 'dead'
      const reason = last ? 'delivery-limit' : requeue ? 'given back' : 'given up'
      return traceSettle(SYSTEM, command, settlement, reason, () => delivery.nack(requeue))
    },
  }
}

/** Gives up a delivery that no bot is to work on, where others can watch it. */
export function giveUp(delivery: Delivery, name: string, reason: 'malformed' | 'expired'): void {
  const id = String(delivery.message.properties.messageId)
  traceSettle(SYSTEM, { name, id }, 'dead', reason, () => delivery.nack(false))
}
