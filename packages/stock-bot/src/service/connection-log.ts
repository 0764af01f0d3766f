import type { AmqpBrokerEvent } from '../broker/amqp-events.ts'
import type { Log } from './log.ts'

/** How often an outage is mentioned, in milliseconds: the trials are many a minute. */
const REMIND_MS = 30_000

/** Tells an operator what the connections do: an outage once and then every 30 s, its end once. */
export function connectionLog(
  address: string,
  log: Log,
  now: () => number = Date.now,
): (event: AmqpBrokerEvent) => void {
  let told: number | undefined
  return event => {
    switch (event.type) {
      case 'away':
      case 'down':
        if (event.type === 'down' && (told === undefined || now() - told < REMIND_MS)) return
        told = now()
        log({
          level: 'warn',
          event: 'rabbitmq-down',
          text: `RabbitMQ at ${address} cannot be reached: ${event.error.message}. Still trying.`,
          fields: { address, error: event.error.message },
        })
        return
      case 'state':
        return
      case 'back':
        told = undefined
        log({
          level: 'info',
          event: 'rabbitmq-up',
          text: `RabbitMQ at ${address} is there.`,
          fields: { address },
        })
        return
      case 'blocked':
        log({
          level: event.reason === undefined ? 'info' : 'warn',
          event: event.reason === undefined ? 'rabbitmq-unblocked' : 'rabbitmq-blocked',
          text:
            event.reason === undefined
              ? `RabbitMQ at ${address} takes messages again.`
              : `RabbitMQ at ${address} takes no messages: ${event.reason}.`,
          fields: { address },
        })
        return
      case 'channel-lost':
      case 'handler-failed':
        log({
          level: 'warn',
          event: event.type,
          text: `RabbitMQ at ${address}, ${event.channel}: ${event.error.message || event.error.name}.`,
          fields: { address, channel: event.channel, error: event.error.message || event.error.name },
        })
        return
      case 'malformed':
        log({
          level: 'warn',
          event: event.type,
          text: `A message in ${event.queue} cannot be read: ${event.reason}.`,
          fields: { queue: event.queue, messageId: event.messageId, reason: event.reason },
        })
        return
      case 'reply-returned':
        log({
          level: 'warn',
          event: event.type,
          text: `Nobody can take the reply ${event.id} any more: its chat ${event.to} is gone.`,
          fields: { id: event.id, to: event.to },
        })
    }
  }
}
