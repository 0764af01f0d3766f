import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { authority, type Authority } from '../../../../.config/services/certificates.ts'
import { rabbitmq, type RabbitMq } from '../../../../.config/services/rabbitmq.ts'
import { tlsWire } from '../../../../.config/services/tls-wire.ts'
import { AmqpConsumer, type Clock, Publisher, systemClock } from '../../src/amqp/index.ts'
import { connectionTo, messageTo, queueCalled } from './support.ts'

const closing: (() => Promise<unknown>)[] = []
let ours: Authority
let foreign: Authority
let broker: RabbitMq
/** Where the broker's certificate is for. It listens at 127.0.0.1, which is not in it. */
let url: string

// The first run on a machine installs the broker; every other one starts it, which takes about 7 s.
beforeAll(async () => {
  ours = await authority()
  foreign = await authority()
  broker = await rabbitmq({ own: true, tls: { authority: ours, ...(await ours.issue('localhost')) } })
  url = at(broker.tlsUrl ?? '', 'localhost')
}, 600_000)

afterAll(async () => {
  await broker.stop()
  ours.remove()
  foreign.remove()
})

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

function open(...args: Parameters<typeof connectionTo>) {
  const made = connectionTo(...args)
  closing.push(() => made.connection.close())
  return made
}

function at(address: string, host: string): string {
  const changed = new URL(address)
  changed.hostname = host
  changed.password = 'guest'
  return changed.href
}

/** What the first trial failed with, and how long the next one is put off. */
async function refusal(...args: Parameters<typeof connectionTo>) {
  const { log, connection } = open(...args)
  await vi.waitFor(() => {
    expect(log.of('down')).toHaveLength(1)
  }, 5_000)
  const [down] = log.of('down')
  expect(connection.stats()).toMatchObject({ connects: 0, failures: 1 })
  return { message: down?.error.message, retryInMs: down?.retryInMs }
}

describe('TLS', () => {
  it('carries messages both ways where the CA is known', async () => {
    const { connection } = open(url, { tls: { ca: ours.cert } })
    const taken: string[] = []
    const consumer = new AmqpConsumer(connection, {
      name: 'tls',
      queue: queueCalled('tls'),
      handle: delivery => {
        taken.push(String(delivery.message.properties.messageId))
        delivery.ack()
      },
    })
    closing.push(() => consumer.stop())
    const publisher = new Publisher(connection)
    closing.push(() => publisher.close(0))
    await consumer.ready
    await publisher.publish(messageTo('tls', { id: 'under cover' }))
    await vi.waitFor(() => {
      expect(taken).toEqual(['under cover'])
    })
  })

  it('shows the broker a certificate of its own', async () => {
    const { connection } = open(url, { tls: { ca: ours.cert, ...(await ours.issue('a-bot')) } })
    await connection.up()
    expect(await broker.ctl('list_connections', 'ssl', 'peer_cert_subject')).toContain('true\tCN=a-bot')
  })

  it.each([
    ['none', () => ({})],
    ['another one', () => ({ ca: foreign.cert })],
  ])('says that the CA is unknown where the client has %s, and tries again in 5 s', async (_, tls) => {
    expect(await refusal(url, { tls: tls() })).toEqual({
      message:
        'its certificate is not signed by a CA that is known here (SELF_SIGNED_CERT_IN_CHAIN): give that CA in the option tls.ca, or in the file that NODE_EXTRA_CA_CERTS names',
      retryInMs: 5_000,
    })
  })

  it('says for which host the certificate is, where it is for another, and how to say so', async () => {
    const elsewhere = at(url, '127.0.0.1')
    const { message, retryInMs } = await refusal(elsewhere, { tls: { ca: ours.cert } })
    expect(message).toContain('its certificate is for DNS:localhost, and not for 127.0.0.1')
    expect(message).toContain('tls.servername')
    expect(retryInMs).toBe(5_000)
    await open(elsewhere, { tls: { ca: ours.cert, servername: 'localhost' } }).connection.up()
  })

  it('says that there is none at a port without it', async () => {
    expect(await refusal(broker.url.replace('amqp:', 'amqps:'))).toEqual({
      message: 'it speaks no TLS at this port: say amqp:// instead of amqps://, or the port for TLS (5671)',
      retryInMs: 5_000,
    })
  })

  it('keeps trying a broker whose certificate is no good, and is up once it has another', async () => {
    const expired = await ours.issue('localhost', { expired: true })
    const line = await tlsWire(broker.url, expired)
    closing.push(() => line.stop())
    const { connection, log } = open(`amqps://guest:guest@localhost:${line.port}`, {
      tls: { ca: ours.cert },
      clock: hasty,
    })
    await vi.waitFor(() => {
      expect(log.of('down').length).toBeGreaterThan(2)
    })
    line.present(await foreign.issue('localhost'))
    await vi.waitFor(() => {
      expect(log.of('down').at(-1)?.error.message).toContain('not signed by a CA that is known here')
    })
    line.present(await ours.issue('localhost'))
    await connection.up()
    expect(log.of('down')[0]?.error.message).toContain('its certificate has expired')
    expect(new Set(log.of('down').map(({ retryInMs }) => retryInMs))).toEqual(new Set([5_000]))
  })
})

/** Where 5 s, the pause after what only a person can mend, take 50 ms. */
const hasty: Clock = {
  ...systemClock,
  setTimer: (fire, ms) => systemClock.setTimer(fire, ms === 5_000 ? 50 : ms),
}
