import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authority, type Authority } from '../../../../.config/services/certificates.ts'
import { shared } from '../../../../.config/services/shared.ts'
import { type TlsWire, tlsWire } from '../../../../.config/services/tls-wire.ts'
import { brokerFindings } from '../../src/service/doctor/broker.ts'
import { stockBot } from '../support/child.ts'

const url = await shared('rabbitmq')
let ours: Authority
let line: TlsWire

beforeAll(async () => {
  ours = await authority()
  line = await tlsWire(url, await ours.issue('localhost'))
})

afterAll(async () => {
  await line.stop()
  ours.remove()
})

const at = (host: string, password = new URL(url).password): string => {
  const address = new URL(url.replace('amqp:', 'amqps:'))
  address.host = `${host}:${line.port}`
  address.password = password
  return address.href
}

describe('the doctor, at a certificate that is no good', () => {
  it.each([
    [
      'localhost',
      'its certificate is not signed by a CA that is known here (UNABLE_TO_VERIFY_LEAF_SIGNATURE)',
      'set NODE_EXTRA_CA_CERTS to the PEM file of that CA',
    ],
    // An unknown CA comes first: what it says of hosts is worth nothing.
    ['127.0.0.1', 'not signed by a CA that is known here', 'set NODE_EXTRA_CA_CERTS'],
  ])('says what would help (%s)', async (host, text, remedy) => {
    const findings = await brokerFindings(at(host, 'hunter2'), 'stock')
    expect(findings).toEqual([
      expect.objectContaining({
        severity: 'problem',
        text: expect.stringContaining(text),
        remedy: expect.stringContaining(remedy),
      }),
    ])
    expect(JSON.stringify(findings)).not.toContain('hunter2')
  })
})

describe('stock-bot with NODE_EXTRA_CA_CERTS', () => {
  const doctor = (host: string) =>
    stockBot(['doctor', '--amqp', at(host), '--quotes', 'sample'], {
      NODE_EXTRA_CA_CERTS: ours.file,
    })

  it('accepts certificates of that CA', async () => {
    await using child = doctor('localhost')
    expect(await child.ended).toBe(0)
    expect(child.out()).toContain(`RabbitMQ at amqps://localhost:${line.port}: answers, RabbitMQ`)
  }, 120_000)

  it('says for which host a certificate is that is for another', async () => {
    await using child = doctor('127.0.0.1')
    expect(await child.ended).toBe(1)
    expect(child.out()).toContain('its certificate is for DNS:localhost, and not for 127.0.0.1')
    expect(child.out()).toContain('→ say a host in --amqp that the certificate names')
  }, 120_000)
})
