import type { Channel } from 'amqplib'
import { afterEach, beforeEach } from 'vitest'
import { wire, type Wire } from '../../../../.config/services/wire.ts'
import {
  AmqpConnection,
  type AmqpConnectionOptions,
  type AmqpEvent,
  type Clock,
  type Outgoing,
  type Publisher,
  type PublishRefused,
  systemClock,
} from '../../src/amqp/index.ts'

/** A name that no other test uses. */
export const unique = (name: string): string => `${name}-${crypto.randomUUID()}`

/** What a test has of its own between itself and the broker. */
export interface UnderWire {
  /** The way to the broker, which a test may cut. */
  readonly line: Wire
  /** The name of a queue. */
  readonly queue: string
  /** Called behind the test, the last one first. */
  readonly closing: (() => Promise<unknown>)[]
}

/** Gives each test of a file a wire to the broker and a queue's name, and closes behind it what it has opened. */
export function underWire(url: string, name: string): UnderWire {
  const at = { closing: [] } as unknown as UnderWire
  beforeEach(async () => {
    Object.assign(at, { queue: unique(name), line: await wire(url) })
  })
  afterEach(async () => {
    for (const close of at.closing.splice(0).toReversed()) await close()
    await at.line.stop()
  })
  return at
}

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

/** What became of a message: `confirmed`, or why it was refused. */
export const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'confirmed',
    (error: PublishRefused) => error.code,
  )

/** Publishes to the queue every 5 ms, each message with an id of its own, until it is stopped. */
export function loadOn(publisher: Publisher, queue: string, onConfirmed: (id: string) => void) {
  const counts = { sent: 0, confirmed: 0, refused: 0 }
  const work: Promise<void>[] = []
  const publish = async (id: string): Promise<void> => {
    try {
      await publisher.publish(messageTo(queue, { id, deadline: Date.now() + 60_000 }))
      counts.confirmed += 1
      onConfirmed(id)
    } catch {
      counts.refused += 1
    }
  }
  const timer = setInterval(() => {
    counts.sent += 1
    work.push(publish(`m${counts.sent}`))
  }, 5)
  return {
    counts,
    /** Resolves when each message is confirmed or refused. */
    async stop(): Promise<void> {
      clearInterval(timer)
      await Promise.all(work)
    },
  }
}
