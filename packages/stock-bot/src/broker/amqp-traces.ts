/** What others can watch of commands that come over RabbitMQ. */
import type { AmqpConnection, Delivery } from '@hubbub/hub/amqp'
import { type Carrier, type ProcessTrace, type Settlement, traceSettle } from '../trace.ts'
import type { Failure } from './amqp-dead-letter.ts'
import { type Outcome, settle, type Settle } from './amqp-in-hand.ts'
import { DELIVERY_LIMIT } from './amqp-topology.ts'
import type { Command } from './broker.ts'

const carriers = new WeakMap<AmqpConnection, Carrier>()

/** What carries the messages of a connection. Of several hosts it is not said which. */
export function carrierOf(connection: AmqpConnection): Carrier {
  const known = carriers.get(connection)
  if (known) return known
  const [host = '', another] = connection.hosts
  const url = another === undefined ? URL.parse(host) : null
  const port = Number(url?.port ?? 0) || (url?.protocol === 'amqps:' ? 5671 : 5672)
  const carrier = { system: 'rabbitmq', ...(url && { server: { address: url.hostname, port } }) }
  carriers.set(connection, carrier)
  return carrier
}

/** What a delivery says of itself. A quorum queue counts deliveries, any other says only whether it is the first. */
export function deliveryOf({ message }: Delivery): Pick<ProcessTrace, 'redeliveries' | 'deliveryTag'> {
  const { fields, properties } = message
  const count: unknown = properties.headers?.['x-delivery-count']
  const counted = typeof count === 'number' && Number.isSafeInteger(count) && count >= 0
  return { redeliveries: counted ? count : Number(fields.redelivered), deliveryTag: fields.deliveryTag }
}

/** Ends a delivery where others can watch it. */
export function settling(carrier: Carrier, delivery: Delivery, command: Command): Settle {
  return outcome => {
    // The queue makes a dead letter of what is given back once too often.
    const last = outcome === 'requeue' && deliveryOf(delivery).redeliveries >= DELIVERY_LIMIT
    const { settlement, reason } = last ? POISON : MEANING[outcome]
    traceSettle(carrier, command, settlement, reason, () => {
      settle(delivery, outcome)
    })
  }
}

const POISON = { settlement: 'dead', reason: 'delivery-limit' } as const

const MEANING = {
  ack: { settlement: 'ack', reason: 'done' },
  requeue: { settlement: 'requeue', reason: 'given back' },
  dead: { settlement: 'dead', reason: 'given up' },
  buried: { settlement: 'dead', reason: 'given up' },
} as const satisfies Record<Outcome, { settlement: Settlement; reason: string }>

/** Gives up a delivery that no bot is to work on, where others can watch it. */
export function giveUp(
  carrier: Carrier,
  delivery: Delivery,
  name: string,
  reason: Failure,
  outcome: 'dead' | 'buried',
): void {
  const { messageId, correlationId } = delivery.message.properties
  const ids = { id: String(messageId), commandId: String(correlationId) }
  traceSettle(carrier, { name, ...ids }, 'dead', reason, () => {
    settle(delivery, outcome)
  })
}
