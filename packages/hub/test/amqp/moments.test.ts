/** Losses, closes and stops at the worst moments, and what is left behind by them. */
import { expect, it, vi } from 'vitest'
import { shared } from '../../../../.config/services/shared.ts'
import { through } from '../../../../.config/services/wire.ts'
import { AmqpConnection, AmqpConsumer, type Delivery, PassiveCheck, Publisher } from '../../src/amqp/index.ts'
import { codeOf, connectionTo, messageTo, queueCalled, underWire, unique, watchedClock } from './support.ts'

const url = await shared('rabbitmq')
const at = underWire(url, 'moments')

/** A connection through the wire, which publishes to the queue and consumes it. */
function open(options: { readonly hold?: boolean } = {}) {
  const { clock, pending } = watchedClock()
  const own = connectionTo(through(url, at.line), {
    clock,
    backoff: { min: 50, max: 100 },
    topology: async channel => {
      await queueCalled(at.queue)(channel)
    },
  })
  at.closing.push(() => own.connection.close())
  const given: Delivery[] = []
  const consumer = new AmqpConsumer(own.connection, {
    name: at.queue,
    queue: queueCalled(at.queue),
    handle: delivery => {
      given.push(delivery)
      if (options.hold !== true) delivery.ack()
    },
  })
  at.closing.push(() => {
    consumer.release()
    return consumer.stop()
  })
  const publisher = new Publisher(own.connection)
  at.closing.push(() => publisher.close(0))
  const ids = () => given.map(({ message }) => String(message.properties.messageId))
  return { ...own, consumer, publisher, ids, pending }
}

it('outlives a loss at each answer of the broker, from the handshake to the subscription', async () => {
  let answers = 0
  let losses = 0
  at.line.onAnswer = () => {
    answers += 1
    // The first connection is lost at the first answer, the second at the second, and so on.
    if (answers <= losses) return
    answers = 0
    losses += 1
    at.line.drop()
  }
  const { connection, consumer, publisher, ids, log } = open()
  const kept = publisher.publish(messageTo(at.queue, { id: 'kept', deadline: Date.now() + 60_000 }))
  await vi.waitFor(() => {
    // Past the handshake and the topology, while the two channels get ready.
    expect(connection.stats().connects).toBeGreaterThanOrEqual(3)
  }, 30_000)
  at.line.onAnswer = undefined
  await Promise.all([kept, publisher.up(), consumer.ready])
  await vi.waitFor(() => {
    expect(ids()).toContain('kept')
  })
  // Each loss is told once, and nothing else is.
  expect(log.of('down')).toHaveLength(losses)
  expect(log.of('handler-failed')).toEqual([])
}, 60_000)

it('keeps what is published in the very turn in which the connection dies', async () => {
  const { connection, publisher, ids } = open()
  await publisher.up()
  const outcomes: Promise<string>[] = []
  const publish = (id: string) => () => {
    outcomes.push(codeOf(publisher.publish(messageTo(at.queue, { id }))))
  }
  connection.session?.model.prependListener('error', publish('at the error'))
  connection.session?.model.prependListener('close', publish('at the close'))
  at.line.drop()
  await vi.waitFor(() => {
    expect(new Set(ids())).toEqual(new Set(['at the error', 'at the close']))
  }, 5_000)
  expect(await Promise.all(outcomes)).toEqual(['confirmed', 'confirmed'])
  expect(publisher.stats().waiting).toBe(0)
})

// Others hang here: they wait for answers on a connection that is not there.
it('stops everything while there is no connection, with messages in hand and on their way', async () => {
  const { connection, consumer, publisher, ids, pending } = open({ hold: true })
  await publisher.publish(messageTo(at.queue, { id: 'in hand' }))
  await vi.waitFor(() => {
    expect(ids()).toEqual(['in hand'])
  })
  at.line.cut()
  await vi.waitFor(() => {
    expect(connection.state).not.toBe('closed')
  })
  const waiting = codeOf(publisher.publish(messageTo(at.queue)))
  await Promise.all([consumer.stop(), publisher.close(0), connection.close()])
  expect(await waiting).toBe('closed')
  expect([connection.state, pending()]).toEqual(['open', 0])
})

// Others end the process here: nobody listens any more to the answers that never come.
it('closes with questions and messages on their way: each is answered or refused', async () => {
  const { connection, consumer, publisher } = open()
  await Promise.all([publisher.up(), consumer.ready])
  const check = new PassiveCheck(connection)
  const asked = Promise.allSettled(Array.from({ length: 20 }, () => check.consumers(unique('nobody'))))
  const sent = Promise.all(Array.from({ length: 20 }, () => codeOf(publisher.publish(messageTo(at.queue)))))
  const closed = connection.close()
  // On a channel that is about to end, the library throws.
  const late = codeOf(publisher.publish(messageTo(at.queue)))
  await closed
  await publisher.close(0)
  expect(await late).toBe('closed')
  expect(await asked).toHaveLength(20)
  for (const code of await sent) expect(['confirmed', 'closed']).toContain(code)
})

it('refuses by its deadline what is published on a connection that was closed for good', async () => {
  const { connection, publisher } = open()
  await publisher.up()
  await connection.close()
  expect(await codeOf(publisher.publish(messageTo(at.queue, { whenDown: 'refuse' })))).toBe('down')
  expect(await codeOf(publisher.publish(messageTo(at.queue, { deadline: Date.now() + 50 })))).toBe('deadline')
})

it('goes on where whoever listens to it throws', async () => {
  let told = 0
  const connection = new AmqpConnection({
    urls: through(url, at.line),
    onEvent: () => {
      told += 1
      throw new Error('a broken log')
    },
  })
  at.closing.push(() => connection.close())
  await connection.up()
  at.line.drop()
  await vi.waitFor(() => {
    expect(connection.stats()).toMatchObject({ state: 'closed', connects: 2 })
  })
  expect(told).toBeGreaterThan(3)
})
