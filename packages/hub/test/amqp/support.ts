import type { Channel } from 'amqplib'
import {
  AmqpConnection,
  type AmqpConnectionOptions,
  type AmqpEvent,
  type Clock,
  type Outgoing,
  systemClock,
} from '../../src/amqp/index.ts'

/** A name that no other test uses. */
export const unique = (name: string): string => `${name}-${crypto.randomUUID()}`

/** Keeps what a connection tells. */
function journal() {
  const events: AmqpEvent[] = []
  return {
    events,
    onEvent: (event: AmqpEvent) => {
      events.push(event)
    },
    states: () => events.flatMap(event => (event.type === 'state' ? [event.state] : [])),
    of: <T extends AmqpEvent['type']>(type: T) =>
      events.filter((event): event is Extract<AmqpEvent, { type: T }> => event.type === type),
  }
}

/** The machine's clock, with a count of its timers that have neither fired nor been cancelled. */
export function watchedClock() {
  const pending = new Set<object>()
  const clock: Clock = {
    ...systemClock,
    setTimer(fire, ms) {
      const timer = {}
      pending.add(timer)
      const cancel = systemClock.setTimer(() => {
        pending.delete(timer)
        fire()
      }, ms)
      return () => {
        pending.delete(timer)
        cancel()
      }
    },
  }
  return { clock, pending: () => pending.size }
}

/** A connection with a journal. */
export function connectionTo(urls: string | readonly string[], options: Partial<AmqpConnectionOptions> = {}) {
  const log = journal()
  return { connection: new AmqpConnection({ urls, onEvent: log.onEvent, ...options }), log }
}

/** A durable queue that ends with the test's virtual host. */
export const queueCalled = (name: string) => async (channel: Channel) => {
  await channel.assertQueue(name, { durable: true, arguments: { 'x-queue-type': 'quorum' } })
  return name
}

/** A message to a queue. */
export function messageTo(queue: string, changes: Partial<Outgoing> = {}): Outgoing {
  return {
    exchange: '',
    routingKey: queue,
    content: Buffer.from('{}'),
    id: crypto.randomUUID(),
    deadline: Date.now() + 10_000,
    ...changes,
  }
}
