import { connect } from 'amqplib'
import { describe, expect, it } from 'vitest'
import { shared } from '../../../../.config/services/shared.ts'
import { declareCommandQueue, declareExchanges } from '../../src/broker/amqp-topology.ts'
import { brokerFindings } from '../../src/service/doctor/broker.ts'
import { doctor } from '../../src/service/doctor/doctor.ts'
import { planOf } from '../../src/service/doctor/plan.ts'
import { type Finding, shown } from '../../src/service/doctor/finding.ts'
import { sourceFindings } from '../../src/service/doctor/sources.ts'
import { startStooqServer } from '../../src/testing/index.ts'
import { unique } from '../amqp/support.ts'
import { listen } from '../support/loopback.ts'

const url = await shared('rabbitmq')
const address = `amqp://${new URL(url).host}`
const short = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ severity, subject, text }) => `${severity} ${subject}: ${text}`)

/** Does something on RabbitMQ, by hand. */
async function byHand(
  work: (
    channel: Awaited<ReturnType<Awaited<ReturnType<typeof connect>>['createChannel']>>,
  ) => Promise<unknown>,
) {
  const model = await connect(url)
  await work(await model.createChannel())
  await model.close()
}

describe('the doctor at RabbitMQ', () => {
  it('finds one that answers, and nothing declared', async () => {
    const [first, ...rest] = short(await brokerFindings(url, unique()))
    expect(first).toMatch(new RegExp(`^(ok|warning) RabbitMQ at ${address}: answers, RabbitMQ \\d+\\.\\d+`))
    // Other tests share the virtual host: the exchanges may be there.
    expect(rest.every(each => /^(note|warning) /.test(each))).toBe(true)
  })

  it('finds what is declared as it should be, who listens and what waits', async () => {
    const name = unique()
    await byHand(async channel => {
      await declareExchanges(channel)
      await declareCommandQueue(channel, name)
      channel.publish('chat.commands', `command.${name}`, Buffer.from('{}'))
      channel.publish('chat.dlx', `command.${name}`, Buffer.from('{}'))
      await channel.checkQueue(`bot.${name}.v1`)
    })
    const [, ...findings] = await brokerFindings(url, name)
    expect(short(findings)).toEqual([
      `warning queue bot.${name}.v1.dead: 1 commands were given up`,
      `note queue bot.${name}.v1: no bot listens, and 1 commands wait`,
    ])
    expect(findings[0]?.remedy).toBe(`stock-bot dlq list ${name}`)
  })

  it('finds a queue with other arguments, and says which, and what the bot declares', async () => {
    const name = unique()
    await byHand(async channel => {
      await declareExchanges(channel)
      for (const queue of (await planOf(name)).queues) {
        const { options } = queue
        const wrong = queue.name.endsWith('.dead') ? { 'x-max-length': 5 } : { 'x-message-ttl': 60_000 }
        await channel.assertQueue(queue.name, {
          ...options,
          arguments: { ...(options.arguments as object), ...wrong },
        })
      }
    })
    const findings = await brokerFindings(url, name)
    expect(short(findings)).toContain(
      `problem queue bot.${name}.v1: x-message-ttl is 60000, and the bot declares 30000`,
    )
    expect(short(findings)).toContain(
      `problem queue bot.${name}.v1.dead: x-max-length is 5, and the bot declares 10000`,
    )
    expect(findings.find(({ subject }) => subject === `queue bot.${name}.v1`)?.remedy).toContain(
      `rabbitmqctl delete_queue bot.${name}.v1`,
    )
  })

  it('changes nothing', async () => {
    const name = unique()
    await brokerFindings(url, name)
    const model = await connect(url)
    const channel = await model.createChannel()
    channel.on('error', () => undefined)
    await expect(channel.checkQueue(`bot.${name}.v1`)).rejects.toThrow('404')
    await model.close()
  })

  it('says in words what keeps it out, and no secret', async () => {
    await using closing = await listen(socket => {
      socket.destroy()
    })
    await using web = await listen(socket => {
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    })
    const there = new URL(url)
    const cases = [
      [`amqp://guest:hunter2@${there.host}${there.pathname}`, 'it refuses this user or password'],
      [`amqp://guest:guest@${there.host}/hunter2`, 'not into the virtual host hunter2'],
      [`amqps://guest:hunter2@${there.host}`, 'it speaks no TLS at this port'],
      [`amqp://guest:hunter2@${closing.host}`, 'does not answer in AMQP 0.9.1'],
      [`amqp://guest:hunter2@${web.host}`, 'does not answer in AMQP 0.9.1'],
    ] as const
    for (const [wrong, text] of cases) {
      const findings = await brokerFindings(wrong, 'stock')
      expect(findings).toMatchObject([
        { part: 'broker', severity: 'problem', text: expect.stringContaining(text) },
      ])
      expect(
        JSON.stringify(findings).replace('virtual host hunter2', '').replace('-p hunter2', ''),
      ).not.toContain('hunter2')
    }
  })
})

describe('the doctor at quote sources', () => {
  it('finds one that has a quote', async () => {
    await using server = await startStooqServer()
    expect(short(await sourceFindings(server.url, 'AAPL.US'))).toEqual([
      expect.stringMatching(new RegExp(`^ok source ${server.url}: has a quote for AAPL\\.US \\(\\d+ ms\\)$`)),
    ])
  })

  it.each([
    ['challenge', 'turns programs away (blocked)'],
    ['gone', 'no longer has quotes at this address (gone)'],
    ['apikey', 'wants an access key (auth)'],
    ['limit', 'takes no more requests for now (rate-limited)'],
    ['empty', 'sends an answer that cannot be read (malformed)'],
  ] as const)('finds what is wrong with one: %s', async (fault, text) => {
    await using server = await startStooqServer({ fault })
    const [finding] = await sourceFindings(server.url, 'AAPL.US')
    expect(finding).toMatchObject({ severity: 'problem', text: expect.stringContaining(text) })
    expect(finding?.remedy).toMatch(/--quotes/)
  })

  it('warns of one that does not answer where another does', async () => {
    await using server = await startStooqServer({ fault: 'gone' })
    expect((await sourceFindings(`${server.url},sample`, 'AAPL.US')).map(({ severity }) => severity)).toEqual(
      ['warning', 'note'],
    )
  })

  it('warns of one that has no such symbol', async () => {
    await using server = await startStooqServer()
    expect(await sourceFindings(server.url, 'NOSUCH.US')).toMatchObject([{ severity: 'warning' }])
  })

  it('says what is wrong with the list itself', async () => {
    expect(await sourceFindings('nosuch', 'AAPL.US')).toMatchObject([
      {
        severity: 'problem',
        subject: '--quotes',
        text: expect.stringContaining('Unknown quote source "nosuch"'),
      },
    ])
  })
})

describe('doctor()', () => {
  const run = async (changes: Partial<Parameters<typeof doctor>[0]> = {}) => {
    const lines: string[] = []
    const code = await doctor(
      { amqp: [], command: 'stock', quotes: 'sample', symbol: 'AAPL.US', json: false, ...changes },
      line => {
        lines.push(line)
      },
    )
    return { code, lines }
  }

  it('ends with 1 where there is a problem, and says what would help', async () => {
    expect(await run()).toEqual({
      code: 1,
      lines: [
        'problem  RabbitMQ: no address of it is given\n         → set AMQP_URL, or say --amqp amqp://user:password@host:5672/vhost',
        'note     source sample: made-up prices, marked as such in every answer',
        'One thing is wrong.',
      ],
    })
  })

  it('ends with 0 where nothing is wrong, and looks at each address', async () => {
    const { code, lines } = await run({ amqp: [url, url], json: true })
    const findings = lines.map(line => JSON.parse(line) as Finding)
    expect(code).toBe(0)
    expect(findings.filter(({ part }) => part === 'broker')).toHaveLength(2)
    expect(findings.at(-1)).toMatchObject({ part: 'source', severity: 'note' })
  })

  it('lets nothing that others wrote move the cursor', () => {
    const finding: Finding = { part: 'source', subject: 'x', severity: 'ok', text: 'a\u001b[2J\nb\u202ec' }
    expect(shown(finding, false)).toBe('ok       x: a [2J b c')
    expect(JSON.parse(shown(finding, true))).toEqual(finding)
  })
})
