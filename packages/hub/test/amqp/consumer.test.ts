import { describe, expect, it, vi } from 'vitest'
import { connect } from 'amqplib'
import { shared } from '../../../../.config/services/shared.ts'
import { through } from '../../../../.config/services/wire.ts'
import {
  AmqpConsumer,
  type ConsumerOptions,
  type Delivery,
  PassiveCheck,
  Publisher,
  systemClock,
} from '../../src/amqp/index.ts'
import { connectionTo, messageTo, queueCalled, unique, underWire } from './support.ts'

const url = await shared('rabbitmq')
const at = underWire(url, 'consumer')

/** A consumer behind the wire, and what it was given. */
async function consume(options: Partial<ConsumerOptions> = {}) {
  const own = connectionTo(through(url, at.line))
  at.closing.push(() => own.connection.close())
  const given: Delivery[] = []
  const consumer = new AmqpConsumer(own.connection, {
    name: at.queue,
    queue: queueCalled(at.queue),
    handle: delivery => {
      given.push(delivery)
    },
    ...options,
  })
  at.closing.push(() => {
    consumer.release()
    return consumer.stop()
  })
  await consumer.ready
  return { ...own, consumer, given, ids: () => given.map(idOf) }
}

async function publishing(): Promise<Publisher> {
  const { connection } = connectionTo(url)
  const publisher = new Publisher(connection)
  at.closing.push(() => connection.close())
  at.closing.push(() => publisher.close(0))
  await publisher.up()
  return publisher
}

const idOf = ({ message }: Delivery): string => String(message.properties.messageId)

describe('the consumer', () => {
  it('holds as many messages as it prefetches, and the next when one is settled', async () => {
    const { given, ids } = await consume({ prefetch: 2 })
    const publisher = await publishing()
    await Promise.all(['a', 'b', 'c'].map(id => publisher.publish(messageTo(at.queue, { id }))))
    await vi.waitFor(() => {
      expect(ids()).toEqual(['a', 'b'])
    })
    expect(given[0]?.ack()).toBe(true)
    await vi.waitFor(() => {
      expect(ids()).toEqual(['a', 'b', 'c'])
    })
  })

  it('subscribes again after a loss, and an acknowledgement that comes too late does no harm', async () => {
    const { given, ids, connection } = await consume()
    const publisher = await publishing()
    await publisher.publish(messageTo(at.queue, { id: 'a' }))
    await vi.waitFor(() => {
      expect(ids()).toEqual(['a'])
    })
    at.line.drop()
    await vi.waitFor(() => {
      expect(ids()).toEqual(['a', 'a'])
    }, 5_000)
    expect(given[1]?.message.fields.redelivered).toBe(true)
    // On the new channel, this tag belongs to another message, or to none: it would close the channel.
    expect(given[0]?.ack()).toBe(false)
    expect(given[1]?.ack()).toBe(true)
    expect(given[1]?.ack()).toBe(false)
    await publisher.publish(messageTo(at.queue, { id: 'b' }))
    await vi.waitFor(() => {
      expect(ids()).toEqual(['a', 'a', 'b'])
    })
    expect(connection.stats().connects).toBe(2)
  })

  // The library hands such a cancel to the consumer as a message that is null; reading it ends the connection.
  it('subscribes again when its queue is deleted, and its connection stays', async () => {
    const { ids, connection, consumer } = await consume()
    const model = await connect(url)
    const channel = await model.createChannel()
    await channel.deleteQueue(at.queue)
    await model.close()
    await vi.waitFor(() => {
      expect(consumer.active).toBe(false)
    })
    await vi.waitFor(() => {
      expect(consumer.active).toBe(true)
    })
    const publisher = await publishing()
    await publisher.publish(messageTo(at.queue, { id: 'a', mandatory: true }))
    await vi.waitFor(() => {
      expect(ids()).toEqual(['a'])
    })
    expect(connection.stats().connects).toBe(1)
  })

  it('gives a message back when its handler throws or rejects, and tells it', async () => {
    let calls = 0
    const { log } = await consume({
      handle: delivery => {
        calls += 1
        if (calls === 1) throw new Error('thrown')
        if (calls === 2) return Promise.reject(new Error('rejected'))
        delivery.ack()
        return undefined
      },
    })
    const publisher = await publishing()
    await publisher.publish(messageTo(at.queue))
    await vi.waitFor(() => {
      expect(calls).toBe(3)
    })
    expect(log.of('handler-failed').map(({ error }) => error.message)).toEqual(['thrown', 'rejected'])
    expect(log.of('channel-lost')).toEqual([])
  })

  it('keeps an error to its own channel: a queue that exists with other arguments harms no neighbour', async () => {
    const { connection, ids, log } = await consume()
    const wrong = new AmqpConsumer(connection, {
      name: 'wrong',
      queue: async channel => {
        await channel.assertQueue(at.queue, { durable: true, arguments: { 'x-queue-type': 'classic' } })
        return at.queue
      },
      handle: () => undefined,
    })
    await vi.waitFor(() => {
      expect(log.of('channel-lost').length).toBeGreaterThan(1)
    })
    expect(log.of('channel-lost')[0]).toMatchObject({ channel: 'consume wrong' })
    expect(log.of('channel-lost')[0]?.error.message).toContain('x-queue-type')
    const publisher = await publishing()
    await publisher.publish(messageTo(at.queue, { id: 'a' }))
    await vi.waitFor(() => {
      expect(ids()).toEqual(['a'])
    })
    await wrong.stop()
    expect(connection.stats().connects).toBe(1)
  })

  it('stops when what is in hand is settled, and leaves the rest in the queue', async () => {
    const { consumer, given, ids } = await consume({ prefetch: 1 })
    const publisher = await publishing()
    await Promise.all(['a', 'b'].map(id => publisher.publish(messageTo(at.queue, { id }))))
    await vi.waitFor(() => {
      expect(ids()).toEqual(['a'])
    })
    const order: string[] = []
    const stopped = consumer.stop().then(() => order.push('stopped'))
    order.push('settled')
    given[0]?.ack()
    await stopped
    expect(order).toEqual(['settled', 'stopped'])
    const next = await consume()
    await vi.waitFor(() => {
      expect(next.ids()).toEqual(['b'])
    })
  })
})

describe('the passive check', () => {
  async function checking() {
    let later = 0
    const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + later }
    const own = connectionTo(through(url, at.line), { clock })
    at.closing.push(() => own.connection.close())
    await own.connection.up()
    return {
      ...own,
      check: new PassiveCheck(own.connection, { remembered: 2 }),
      pass: (ms: number) => {
        later += ms
      },
    }
  }

  it('counts consumers, and keeps its answer for a second', async () => {
    const { check, pass } = await checking()
    expect(await check.consumers(at.queue)).toBe(0)
    await consume()
    expect(await check.consumers(at.queue)).toBe(0)
    expect(check.asked).toBe(1)
    pass(1_000)
    expect(await Promise.all([check.consumers(at.queue), check.consumers(at.queue)])).toEqual([1, 1])
    expect(check.asked).toBe(2)
  })

  it('does no harm where there is no such queue', async () => {
    const { check, connection, log } = await checking()
    const names = Array.from({ length: 20 }, () => unique('nowhere'))
    expect(new Set(await Promise.all(names.map(name => check.consumers(name))))).toEqual(new Set([0]))
    expect(log.states()).toEqual(['half-open', 'closed'])
    expect(connection.stats().connects).toBe(1)
    // Only the last two answers are remembered: strangers choose these names.
    const asked = check.asked
    await check.consumers(names[19] ?? '')
    expect(check.asked).toBe(asked)
    await check.consumers(names[0] ?? '')
    expect(check.asked).toBe(asked + 1)
  })

  it('rejects without a connection, and asks again when there is one', async () => {
    const { check, connection } = await checking()
    at.line.cut()
    await vi.waitFor(() => {
      expect(connection.state).not.toBe('closed')
    })
    await expect(check.consumers(at.queue)).rejects.toThrow('there is no connection')
    at.line.mend()
    await connection.up()
    expect(await check.consumers(at.queue)).toBe(0)
  })
})
