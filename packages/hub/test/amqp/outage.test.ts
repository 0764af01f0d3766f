import type { Channel } from 'amqplib'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { rabbitmq, type RabbitMq } from '../../../../.config/services/rabbitmq.ts'
import { shared } from '../../../../.config/services/shared.ts'
import { AmqpConsumer, PassiveCheck, Publisher } from '../../src/amqp/index.ts'
import { codeOf, connectionTo, loadOn, messageTo, queueCalled, watchedClock } from './support.ts'

/** Another broker, which knows nothing of the one that is killed. */
const elsewhere = await shared('rabbitmq')
let broker: RabbitMq

// The first run on a machine installs the broker; every other one starts it, which takes about 7 s.
beforeAll(async () => {
  broker = await rabbitmq({ own: true })
}, 600_000)

afterAll(async () => {
  await broker.stop()
})

/** Two connections as a process has them, and what came through. */
async function open(queue: string, urls: string | readonly string[] = broker.url) {
  // Whichever comes first declares the queue: RabbitMQ confirms what is for no queue, and drops it.
  const topology = async (channel: Channel) => void (await queueCalled(queue)(channel))
  const out = connectionTo(urls, { name: 'publish', topology })
  const into = connectionTo(urls, { name: 'consume', topology })
  const publisher = new Publisher(out.connection)
  const seen = new Set<string>()
  let repeats = 0
  const consumer = new AmqpConsumer(into.connection, {
    name: queue,
    queue: queueCalled(queue),
    prefetch: 64,
    handle: delivery => {
      const id = String(delivery.message.properties.messageId)
      if (seen.has(id)) repeats += 1
      seen.add(id)
      delivery.ack()
    },
  })
  await publisher.up()
  await consumer.ready
  return {
    out,
    into,
    publisher,
    seen,
    repeats: () => repeats,
    close: async () => {
      await publisher.close()
      await consumer.stop()
      await Promise.all([out.connection.close(), into.connection.close()])
    },
  }
}

/** The broker tells only who publishes that it takes nothing more. Returns what was published, at least one. */
async function publishUntilBlocked(
  publisher: Publisher,
  queue: string,
  isBlocked: () => boolean,
): Promise<readonly Promise<void>[]> {
  const work: Promise<void>[] = []
  await vi.waitFor(
    () => {
      work.push(publisher.publish(messageTo(queue, { deadline: Date.now() + 60_000 })))
      expect(isBlocked()).toBe(true)
    },
    { timeout: 10_000, interval: 250 },
  )
  return work
}

describe('an outage', () => {
  // An operator's close sends the event `close` and no `error`: who waits for `error` never reconnects.
  it('that an operator makes with rabbitmqctl is a loss like any other, told once', async () => {
    const { out, into, publisher, seen, close } = await open('operator')
    await broker.ctl('close_all_connections', 'maintenance')
    await vi.waitFor(() => {
      expect([out.connection.stats().connects, into.connection.stats().connects]).toEqual([2, 2])
    }, 5_000)
    await publisher.publish(messageTo('operator', { id: 'after' }))
    await vi.waitFor(() => {
      expect([...seen]).toEqual(['after'])
    })
    expect(out.log.of('down').map(({ error }) => error.message)).toEqual([
      expect.stringContaining('maintenance'),
    ])
    expect(into.log.of('down')).toHaveLength(1)
    await close()
  })

  it('of memory keeps messages or refuses them as they wish, and is over when the broker says so', async () => {
    const { out, into, publisher, seen, close } = await open('blocked')
    await broker.ctl('set_vm_memory_high_watermark', '0')
    const unlucky = await publishUntilBlocked(publisher, 'blocked', () => out.log.of('blocked').length > 0)
    expect(out.log.of('blocked').map(({ reason }) => reason)).toEqual([expect.stringContaining('memory')])
    expect(await codeOf(publisher.publish(messageTo('blocked', { whenDown: 'refuse' })))).toBe('down')
    const kept = publisher.publish(messageTo('blocked', { id: 'kept', deadline: Date.now() + 60_000 }))
    expect(await new PassiveCheck(into.connection).consumers('blocked')).toBe(1)
    await broker.ctl('set_vm_memory_high_watermark', 'absolute', '512MB')
    await Promise.all([...unlucky, kept])
    await vi.waitFor(() => {
      expect(seen.size).toBe(unlucky.length + 1)
      expect(seen).toContain('kept')
    })
    expect(out.log.of('blocked').at(-1)).toMatchObject({ reason: undefined })
    expect(out.connection.blocked).toBeUndefined()
    await close()
  })

  // The broker reads nothing more of a connection that it has blocked, so it does not hear the goodbye either.
  it('of memory does not keep a connection from closing, and what waits is refused', async () => {
    const { clock, pending } = watchedClock()
    const { connection, log } = connectionTo(broker.url, { clock })
    const publisher = new Publisher(connection)
    await publisher.up()
    await broker.ctl('set_vm_memory_high_watermark', '0')
    const work = await publishUntilBlocked(publisher, 'nowhere', () => log.of('blocked').length > 0)
    const codes = Promise.all(work.map(codeOf))
    await publisher.close(0)
    await connection.close()
    expect((await codes).at(-1)).toBe('closed')
    expect([pending(), publisher.stats().waiting]).toEqual([0, 0])
    await broker.ctl('set_vm_memory_high_watermark', 'absolute', '512MB')
  })

  // The broker says that it is blocked on the first publish only: a new connection knows nothing of it.
  it('of memory outlasts a reconnection: nothing grows, and each caller hears by its deadline', async () => {
    const { out, publisher, seen, close } = await open('forgotten')
    await broker.ctl('set_vm_memory_high_watermark', '0')
    const unlucky = await publishUntilBlocked(publisher, 'forgotten', () => out.log.of('blocked').length > 0)
    await broker.ctl('close_all_connections', 'maintenance')
    await vi.waitFor(() => {
      expect(out.connection.stats()).toMatchObject({
        connects: 2,
        blocked: expect.stringContaining('memory'),
      })
    }, 10_000)
    const before = publisher.stats().waiting
    expect(before).toBeLessThanOrEqual(unlucky.length)
    const deadline = Date.now() + 500
    const late = await Promise.all(
      Array.from({ length: 500 }, () => codeOf(publisher.publish(messageTo('forgotten', { deadline })))),
    )
    expect(new Set(late)).toEqual(new Set(['deadline']))
    expect(Date.now() - deadline).toBeLessThan(2_000)
    expect(await codeOf(publisher.publish(messageTo('forgotten', { whenDown: 'refuse' })))).toBe('down')
    expect(publisher.stats().waiting).toBe(before)
    await broker.ctl('set_vm_memory_high_watermark', 'absolute', '512MB')
    await Promise.all(unlucky)
    await publisher.publish(messageTo('forgotten', { id: 'after' }))
    await vi.waitFor(() => {
      expect(seen).toContain('after')
    })
    await close()
  }, 60_000)

  it('by kill -9 under load loses nothing, leaves nothing unsettled, and is over within a second', async () => {
    const { publisher, seen, close, into } = await open('killed')
    let firstConfirmAt: number | undefined
    let restartedAt: number | undefined
    const load = loadOn(publisher, 'killed', () => {
      if (restartedAt !== undefined) firstConfirmAt ??= performance.now()
    })
    const { counts } = load
    // RabbitMQ 3.10 may lose the leader of a quorum queue that is younger than some seconds.
    await vi.waitFor(() => {
      expect(counts.confirmed).toBeGreaterThan(800)
    }, 15_000)
    await broker.kill()
    const atKill = counts.sent
    await broker.start()
    restartedAt = performance.now()
    await vi.waitFor(() => {
      expect(firstConfirmAt).toBeDefined()
      expect(counts.confirmed).toBeGreaterThan(atKill + 100)
    }, 10_000)
    await load.stop()
    await vi.waitFor(() => {
      expect(seen.size).toBe(counts.sent)
    }, 5_000)
    expect(counts).toEqual({ sent: counts.sent, confirmed: counts.sent, refused: 0 })
    expect((firstConfirmAt ?? Infinity) - restartedAt).toBeLessThan(1_000)
    expect(publisher.stats()).toMatchObject({ waiting: 0, waitingBytes: 0 })
    expect(into.log.of('handler-failed')).toEqual([])
    await close()
  }, 60_000)

  // What the first host has confirmed stays there: two brokers that are no cluster do not share it.
  it('of one host of two moves the work to the other: all is confirmed, by one of them, and is there', async () => {
    const { out, publisher, seen, close } = await open('moved', [broker.url, elsewhere])
    const confirmed = { here: new Set<string>(), there: new Set<string>() }
    let movedAt: number | undefined
    const load = loadOn(publisher, 'moved', id => {
      const isMoved = out.connection.stats().connects > 1
      if (isMoved) movedAt ??= performance.now()
      confirmed[isMoved ? 'there' : 'here'].add(id)
    })
    await vi.waitFor(() => {
      expect(confirmed.here.size).toBeGreaterThan(100)
    }, 15_000)
    const killedAt = performance.now()
    await broker.kill()
    await vi.waitFor(() => {
      expect(confirmed.there.size).toBeGreaterThan(100)
    }, 10_000)
    await load.stop()
    const { here, there } = confirmed
    const { sent, refused } = load.counts
    await vi.waitFor(() => {
      for (const id of there) expect(seen).toContain(id)
    }, 5_000)
    const took = (movedAt ?? Infinity) - killedAt
    console.log(
      `one host of two killed under load: first confirm by the other after ${Math.round(took)} ms; ` +
        `${sent} sent, ${here.size} confirmed here, ${there.size} there, ${refused} refused`,
    )
    expect(refused).toBe(0)
    expect(here.size + there.size).toBe(sent)
    expect(took).toBeLessThan(1_000)
    expect(publisher.stats()).toMatchObject({ waiting: 0, waitingBytes: 0 })
    await close()
  }, 60_000)
})
