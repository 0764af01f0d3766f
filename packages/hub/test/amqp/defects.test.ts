/** What others were seen to get wrong when a broker or a network did its worst, each on a supervised connection. */
import { expect, it, vi } from 'vitest'
import { shared } from '../../../../.config/services/shared.ts'
import { through } from '../../../../.config/services/wire.ts'
import { AmqpConsumer, Publisher } from '../../src/amqp/index.ts'
import { codeOf, connectionTo, messageTo, queueCalled, underWire } from './support.ts'

const url = await shared('rabbitmq')
const at = underWire(url, 'defects')

/** A connection through the wire, which consumes the queue and publishes to it. */
function open(heartbeat = 10) {
  const own = connectionTo(through(url, at.line), { heartbeat })
  at.closing.push(() => own.connection.close())
  const ids: string[] = []
  const consumer = new AmqpConsumer(own.connection, {
    name: at.queue,
    queue: queueCalled(at.queue),
    handle: delivery => {
      ids.push(String(delivery.message.properties.messageId))
      delivery.ack()
    },
  })
  at.closing.push(() => consumer.stop())
  const publisher = new Publisher(own.connection)
  at.closing.push(() => publisher.close(0))
  return { ...own, consumer, publisher, ids }
}

// A cable that is pulled sends nothing: without heartbeats a connection waits for ever, and so does what it carries.
it('finds a peer that falls silent, and sends again what it has not confirmed', async () => {
  const { connection, consumer, publisher, ids, log } = open(1)
  await Promise.all([publisher.up(), consumer.ready])
  at.line.freeze()
  await publisher.publish(messageTo(at.queue, { id: 'into the silence' }))
  await vi.waitFor(() => {
    expect(ids).toContain('into the silence')
  })
  expect(log.of('down').map(({ error }) => error.message)).toEqual([
    expect.stringContaining('Heartbeat timeout'),
  ])
  expect(connection.stats().connects).toBe(2)
})

// A quorum queue that has lost its leader answers `consume` with 541, which ends the whole connection.
it('outlives an internal error of the broker in answer to a subscription, and subscribes again', async () => {
  const CONSUME_OK = Buffer.from([0, 60, 0, 21])
  let answers = 0
  at.line.onAnswer = bytes => {
    if (!bytes.includes(CONSUME_OK)) return undefined
    answers += 1
    return answers <= 2 ? connectionClose(541, 'INTERNAL_ERROR') : undefined
  }
  const { connection, consumer, publisher, ids, log } = open()
  await consumer.ready
  expect(connection.stats().connects).toBe(3)
  expect(log.of('down').map(({ error }) => error.message)).toEqual([
    expect.stringContaining('541'),
    expect.stringContaining('541'),
  ])
  await publisher.publish(messageTo(at.queue, { id: 'after' }))
  await vi.waitFor(() => {
    expect(ids).toEqual(['after'])
  })
})

// Headers of more than 64 KiB were once cut without a word, and the broker closed the connection for it.
it('refuses headers that no frame holds, and harms no neighbour', async () => {
  const { connection, consumer, publisher, ids, log } = open()
  await Promise.all([publisher.up(), consumer.ready])
  const headers = { big: 'x'.repeat(70_000) }
  const outcomes = [
    messageTo(at.queue, { id: '1' }),
    messageTo(at.queue, { properties: { headers } }),
    messageTo(at.queue, { id: '2' }),
  ].map(message => codeOf(publisher.publish(message)))
  expect(await Promise.all(outcomes)).toEqual(['confirmed', 'invalid', 'confirmed'])
  await vi.waitFor(() => {
    expect(ids).toEqual(['1', '2'])
  })
  expect(log.of('channel-lost')).toEqual([])
  expect(connection.stats()).toMatchObject({ connects: 1, state: 'closed' })
})

// Others leave a channel dead that the broker has closed, while its connection lives.
it('subscribes again when the broker closes the channel for an unknown delivery tag', async () => {
  const own = connectionTo(through(url, at.line))
  at.closing.push(() => own.connection.close())
  const tags: number[] = []
  const consumer = new AmqpConsumer(own.connection, {
    name: at.queue,
    queue: queueCalled(at.queue),
    handle: delivery => {
      const { fields } = delivery.message
      if (tags.push(fields.deliveryTag) === 1) fields.deliveryTag = 99
      delivery.ack()
    },
  })
  at.closing.push(() => consumer.stop())
  const publisher = new Publisher(own.connection)
  at.closing.push(() => publisher.close(0))
  await consumer.ready
  await publisher.publish(messageTo(at.queue))
  await vi.waitFor(() => {
    expect(tags).toEqual([1, 1])
  })
  expect(own.log.of('channel-lost').map(({ channel, error }) => [channel, error.message])).toEqual([
    [`consume ${at.queue}`, expect.stringContaining('unknown delivery tag 99')],
  ])
  expect(own.connection.stats().connects).toBe(1)
})

// Work that hogs the processor starves the heartbeats of both sides.
it('outlives a handler that blocks the process for longer than the heartbeats allow', async () => {
  const { connection, consumer, publisher, ids } = open(1)
  await Promise.all([publisher.up(), consumer.ready])
  const end = performance.now() + 3_500
  while (performance.now() < end);
  await publisher.publish(messageTo(at.queue, { id: 'after' }))
  await vi.waitFor(() => {
    expect(ids).toContain('after')
  }, 5_000)
  expect(connection.state).toBe('closed')
})

// The library was seen to fail an assertion of its own where a socket takes less than is written.
it('writes more than the socket takes at once, through a loss', async () => {
  const { connection, consumer, publisher, ids } = open()
  await Promise.all([publisher.up(), consumer.ready])
  const content = Buffer.alloc(32 * 1024)
  const sent = Array.from({ length: 200 }, (_, i) => `${i}`)
  const outcomes = sent.map(id => codeOf(publisher.publish(messageTo(at.queue, { id, content }))))
  await outcomes[50]
  at.line.drop()
  expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['confirmed']))
  await vi.waitFor(() => {
    expect(new Set(ids)).toEqual(new Set(sent))
  }, 5_000)
  expect(connection.stats().connects).toBe(2)
})

/** The frame with which a broker ends a connection. */
function connectionClose(code: number, text: string): Buffer {
  const payload = Buffer.alloc(4 + 2 + 1 + text.length + 4)
  payload.writeUInt16BE(10, 0)
  payload.writeUInt16BE(50, 2)
  payload.writeUInt16BE(code, 4)
  payload.writeUInt8(text.length, 6)
  payload.write(text, 7, 'latin1')
  const head = Buffer.alloc(7)
  head.writeUInt8(1, 0)
  head.writeUInt32BE(payload.length, 3)
  return Buffer.concat([head, payload, Buffer.from([0xce])])
}
