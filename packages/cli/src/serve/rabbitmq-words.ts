import type { AmqpBrokerEvent } from '@hubbub/stock-bot/amqp'
import { sanitizeLine } from '../terminal/sanitize.ts'

/**
 * Tells an operator in words when RabbitMQ goes and comes, and when it takes no messages: each once, however many
 * connections it is.
 */
export function rabbitMqWords(tell: (line: string) => void): (event: AmqpBrokerEvent) => void {
  const blocked = new Set<string>()
  return event => {
    if (event.type === 'down') {
      // A connection that is gone is not blocked; whether the next one is will be told.
      blocked.delete(event.connection)
    } else if (event.type === 'away') {
      const why = sanitizeLine(event.error.message)
      tell(
        `RabbitMQ at ${event.host} cannot be reached (${why}). Commands are refused until it can; it is tried again and again.`,
      )
    } else if (event.type === 'back') {
      tell('RabbitMQ can be reached again.')
    } else if (event.type === 'blocked' && event.reason !== undefined) {
      const isFirst = blocked.size === 0
      blocked.add(event.connection)
      if (isFirst)
        tell(
          `RabbitMQ takes no messages (${sanitizeLine(event.reason)}). Commands are refused until it does; free what it is short of.`,
        )
    } else if (event.type === 'blocked' && blocked.delete(event.connection) && blocked.size === 0) {
      tell('RabbitMQ takes messages again.')
    }
  }
}
