/** What the bot kit tells of itself through plain diagnostics channels: things that happen, and take no time. */
import { channel } from 'node:diagnostics_channel'
import type { AmqpBrokerEvent } from './broker/amqp-events.ts'
import type { StopReport } from './bot-options.ts'

/** What a connection to RabbitMQ does: `stock-bot.connection`. No address in it shows a user or a password. */
export type ConnectionEvent = Extract<
  AmqpBrokerEvent,
  { readonly type: 'state' | 'down' | 'blocked' | 'channel-lost' }
>

/** A bot stops: `stock-bot.drain`, once when it begins and once, with the report, when it has ended. */
export interface DrainEvent {
  /** The bot's shown name. */
  readonly bot: string
  /** Absent when it begins. */
  readonly report?: StopReport
}

const connections = channel('stock-bot.connection')
const drains = channel('stock-bot.drain')

/** Tells what a connection does; what is not about one is dropped. */
export function traceConnection(event: AmqpBrokerEvent): void {
  if (!connections.hasSubscribers) return
  const { type } = event
  if (type === 'state' || type === 'down' || type === 'blocked' || type === 'channel-lost')
    connections.publish(event satisfies ConnectionEvent)
}

/** Tells that a bot begins to stop, or with a report that it has stopped. */
export function traceDrain(bot: string, report?: StopReport): void {
  if (drains.hasSubscribers) drains.publish((report ? { bot, report } : { bot }) satisfies DrainEvent)
}
