/** How soon work goes on when a broker is back, each time anew. */
import { expect, it, vi } from 'vitest'
import { shared } from '../../../../.config/services/shared.ts'
import { through, wire } from '../../../../.config/services/wire.ts'
import { AmqpConsumer, PassiveCheck, Publisher } from '../../src/amqp/index.ts'
import { connectionTo, messageTo, queueCalled, unique } from './support.ts'

const url = await shared('rabbitmq')
const CYCLES = 20

it('confirms within a second of the broker, 20 times over, and has each message and one consumer in the end', async () => {
  const queue = unique('recovery')
  const line = await wire(url)
  const out = connectionTo(through(url, line))
  const into = connectionTo(through(url, line))
  const publisher = new Publisher(out.connection)
  const seen = new Set<string>()
  const consumer = new AmqpConsumer(into.connection, {
    name: queue,
    queue: queueCalled(queue),
    handle: delivery => {
      seen.add(String(delivery.message.properties.messageId))
      delivery.ack()
    },
  })
  await publisher.up()
  await consumer.ready

  const recoveries: number[] = []
  const settled = { confirmed: 0, refused: 0 }
  const work: Promise<void>[] = []
  let mendedAt: number | undefined
  const load = setInterval(() => {
    const message = messageTo(queue, { id: `m${work.length}`, deadline: Date.now() + 60_000 })
    work.push(
      publisher.publish(message).then(
        () => {
          settled.confirmed += 1
          if (mendedAt === undefined) return
          recoveries.push(performance.now() - mendedAt)
          mendedAt = undefined
        },
        () => {
          settled.refused += 1
        },
      ),
    )
  }, 5)
  for (let cycle = 1; cycle <= CYCLES; cycle += 1) {
    const { failures } = out.connection.stats()
    line.cut()
    // By the fourth, the pauses are as long as they get.
    await vi.waitFor(() => {
      expect(out.connection.stats().failures).toBeGreaterThanOrEqual(failures + 4)
    }, 10_000)
    mendedAt = performance.now()
    line.mend()
    await vi.waitFor(() => {
      expect(recoveries).toHaveLength(cycle)
      expect(consumer.active).toBe(true)
    }, 10_000)
  }
  clearInterval(load)
  await Promise.all(work)

  const shown = recoveries.map(Math.round).join(', ')
  console.log(
    `RabbitMQ cut off and back ${CYCLES} times under load: first confirm after ${shown} ms; ` +
      `${work.length} sent, ${settled.confirmed} confirmed, ${settled.refused} refused`,
  )
  expect(Math.max(...recoveries)).toBeLessThan(1_000)
  expect(settled).toEqual({ confirmed: work.length, refused: 0 })
  await vi.waitFor(() => {
    expect(seen.size).toBe(work.length)
  }, 5_000)
  // Others were seen to subscribe once more with each reconnection.
  const check = new PassiveCheck(into.connection, { keep: 0 })
  await vi.waitFor(async () => {
    expect(await check.consumers(queue)).toBe(1)
  }, 5_000)
  await publisher.close()
  await consumer.stop()
  await Promise.all([out.connection.close(), into.connection.close()])
  await line.stop()
}, 120_000)
