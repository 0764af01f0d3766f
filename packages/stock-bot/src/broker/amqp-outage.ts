import type { AmqpEvent } from '@hubbub/hub/amqp'
import type { AmqpBrokerEvent } from './amqp-events.ts'

/**
 * Makes one outage of what two connections and their many trials tell: RabbitMQ is away while one of them is down,
 * and back when all are up again.
 */
export class Outage {
  readonly #tell: (event: AmqpBrokerEvent) => void
  readonly #down = new Set<string>()

  constructor(tell: (event: AmqpBrokerEvent) => void) {
    this.#tell = tell
  }

  hear(event: AmqpEvent): void {
    if (event.type === 'down') {
      const { connection, host, error } = event
      const isFirst = this.#down.size === 0
      this.#down.add(connection)
      if (isFirst) this.#tell({ type: 'away', host, error })
    } else if (event.type === 'state' && event.state === 'closed') {
      if (this.#down.delete(event.connection) && this.#down.size === 0) this.#tell({ type: 'back' })
    }
  }
}
