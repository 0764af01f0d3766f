import { type Channel, connect } from 'amqplib'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { shared } from '../../../../.config/services/shared.ts'
import { through, wire, type Wire } from '../../../../.config/services/wire.ts'
import { AmqpConsumer, type OutboxLimits, Publisher } from '../../src/amqp/index.ts'
import { codeOf, connectionTo, messageTo, queueCalled, unique, watchedClock } from './support.ts'

const url = await shared('rabbitmq')
const { clock, pending } = watchedClock()
let line: Wire
let own: ReturnType<typeof connectionTo>
let publisher: Publisher
let queue: string

/** Everything that is in the queue, by message id. */
async function drained(count: number): Promise<string[]> {
  const { connection } = connectionTo(url)
  const ids: string[] = []
  const consumer = new AmqpConsumer(connection, {
    name: queue,
    queue: queueCalled(queue),
    handle: delivery => {
      ids.push(String(delivery.message.properties.messageId))
      delivery.ack()
    },
  })
  await vi.waitFor(() => {
    expect(ids.length).toBeGreaterThanOrEqual(count)
  }, 5_000)
  await consumer.stop()
  await connection.close()
  return ids
}

async function start(
  outbox?: OutboxLimits,
  window = 256,
  more: (channel: Channel) => Promise<void> = () => Promise.resolve(),
) {
  own = connectionTo(through(url, line), {
    clock,
    topology: async channel => {
      await queueCalled(queue)(channel)
      await more(channel)
    },
  })
  publisher = new Publisher(own.connection, { window, ...(outbox ? { outbox } : {}) })
  await publisher.up()
}

beforeEach(async () => {
  queue = unique('publisher')
  line = await wire(url)
})

afterEach(async () => {
  await publisher.close(0)
  await own.connection.close()
  await line.stop()
})

describe('the publisher', () => {
  it('resolves when the broker has confirmed, with more messages than its window holds', async () => {
    await start(undefined, 4)
    const ids = Array.from({ length: 50 }, (_, i) => `m${i}`)
    await Promise.all(ids.map(id => publisher.publish(messageTo(queue, { id }))))
    expect(await drained(50)).toEqual(ids)
    expect(publisher.stats()).toEqual({
      waiting: 0,
      waitingBytes: 0,
      confirmed: 50,
      repeated: 0,
      returned: 0,
    })
  })

  it('tells that no queue takes a mandatory message, and lets any other pass', async () => {
    await start()
    const lost = messageTo(unique('nowhere'), { mandatory: true })
    const silent = messageTo(unique('nowhere'))
    const good = messageTo(queue, { mandatory: true })
    const work = [lost, good, silent].map(message => codeOf(publisher.publish(message)))
    expect(await Promise.all(work)).toEqual(['unroutable', 'confirmed', 'confirmed'])
  })

  it('sends a message once while it is on its way, however often it is given', async () => {
    await start()
    const message = messageTo(queue)
    await Promise.all([publisher.publish(message), publisher.publish(message)])
    await publisher.publish(messageTo(queue, { id: 'last' }))
    expect(await drained(2)).toEqual([message.id, 'last'])
  })

  it('does not take a message to another place for one that is on its way with the same id', async () => {
    await start()
    const id = 'same'
    const elsewhere = messageTo(unique('elsewhere'), { id })
    const work = [messageTo(queue, { id }), elsewhere].map(each => codeOf(publisher.publish(each)))
    expect(await Promise.all(work)).toEqual(['confirmed', 'invalid'])
    expect(await codeOf(publisher.publish(elsewhere))).toBe('confirmed')
  })

  it('keeps what it cannot write, and writes it when the connection is back', async () => {
    await start()
    line.cut()
    await vi.waitFor(() => {
      expect(publisher.ready).toBe(false)
    })
    const kept = codeOf(publisher.publish(messageTo(queue, { id: 'kept' })))
    expect(publisher.stats()).toMatchObject({ waiting: 1, waitingBytes: 2 })
    line.mend()
    expect(await kept).toBe('confirmed')
    expect(await drained(1)).toEqual(['kept'])
  })

  it('sends what was written but not confirmed again, with the same id', async () => {
    await start()
    // The broker has the message and confirms it; the confirmation is lost on the way.
    line.onAnswer = () => {
      line.onAnswer = undefined
      line.drop()
    }
    expect(await codeOf(publisher.publish(messageTo(queue, { id: 'twice' })))).toBe('confirmed')
    expect(publisher.stats()).toMatchObject({ confirmed: 1, repeated: 1 })
    expect(await drained(2)).toEqual(['twice', 'twice'])
  })

  it('refuses at once what must not wait, and the rest at its deadline', async () => {
    await start()
    line.cut()
    await vi.waitFor(() => {
      expect(publisher.ready).toBe(false)
    })
    expect(await codeOf(publisher.publish(messageTo(queue, { whenDown: 'refuse' })))).toBe('down')
    const before = Date.now()
    expect(await codeOf(publisher.publish(messageTo(queue, { deadline: before + 100 })))).toBe('deadline')
    expect(Date.now() - before).toBeLessThan(2_000)
  })

  it('refuses what does not fit into its outbox', async () => {
    await start({ bytes: 100 })
    line.cut()
    await vi.waitFor(() => {
      expect(publisher.ready).toBe(false)
    })
    const first = codeOf(publisher.publish(messageTo(queue, { content: Buffer.alloc(90) })))
    expect(await codeOf(publisher.publish(messageTo(queue, { content: Buffer.alloc(11) })))).toBe('full')
    await publisher.close(0)
    expect(await first).toBe('closed')
  })

  it('refuses a message that cannot be encoded, and harms no other', async () => {
    await start()
    const wrong = messageTo('x'.repeat(300))
    const work = [messageTo(queue), wrong, messageTo(queue)].map(each => codeOf(publisher.publish(each)))
    expect(await Promise.all(work)).toEqual(['confirmed', 'invalid', 'confirmed'])
  })

  it('declares an exchange again that somebody has deleted, and loses no message to it', async () => {
    const exchange = unique('deleted')
    await start(undefined, 256, async channel => {
      await channel.assertExchange(exchange, 'fanout')
    })
    const model = await connect(url)
    const channel = await model.createChannel()
    await channel.deleteExchange(exchange)
    await model.close()
    const work = [messageTo(queue), messageTo('', { exchange }), messageTo(queue)].map(each =>
      codeOf(publisher.publish(each)),
    )
    expect(await Promise.all(work)).toEqual(['confirmed', 'confirmed', 'confirmed'])
    expect(own.log.of('channel-lost').map(({ channel }) => channel)).toEqual(['publish'])
    expect(own.connection.stats().connects).toBe(1)
  })

  it('waits for confirms when it is closed, and takes nothing more', async () => {
    await start()
    const work = Array.from({ length: 20 }, () => codeOf(publisher.publish(messageTo(queue))))
    await Promise.all([publisher.close(), publisher.close()])
    expect(new Set(await Promise.all(work))).toEqual(new Set(['confirmed']))
    expect(await codeOf(publisher.publish(messageTo(queue)))).toBe('closed')
    await own.connection.close()
    expect(pending()).toBe(0)
  })
})
