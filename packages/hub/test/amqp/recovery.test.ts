/** How soon work goes on when a broker is back, each time anew. */
import { expect, it, vi } from 'vitest'
import { shared } from '../../../../.config/services/shared.ts'
import { through, wire } from '../../../../.config/services/wire.ts'
import { AmqpConsumer, PassiveCheck, Publisher } from '../../src/amqp/index.ts'
import { connectionTo, loadOn, queueCalled, unique } from './support.ts'

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
  let mendedAt: number | undefined
  const load = loadOn(publisher, queue, () => {
    if (mendedAt === undefined) return
    recoveries.push(performance.now() - mendedAt)
    mendedAt = undefined
  })
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
  await load.stop()

  const { sent, confirmed, refused } = load.counts
  console.log(
    `RabbitMQ cut off and back ${CYCLES} times under load: first confirm after ` +
      `${recoveries.map(Math.round).join(', ')} ms; ${sent} sent, ${confirmed} confirmed, ${refused} refused`,
  )
  expect(Math.max(...recoveries)).toBeLessThan(1_000)
  expect([confirmed, refused]).toEqual([sent, 0])
  await vi.waitFor(() => {
    expect(seen.size).toBe(sent)
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
