import type { Socket } from 'node:net'
import { connect } from 'amqplib'
import { describe, expect, it, vi } from 'vitest'
import { shared } from '../../../.config/services/shared.ts'
import { amqpBroker } from '../src/broker/amqp.ts'
import { declareCommandQueue, declareExchanges } from '../src/broker/amqp-topology.ts'
import type { Reply } from '../src/broker/broker.ts'
import { type Child, stockBot } from './support/child.ts'
import { listen } from './support/loopback.ts'
import { startStooqServer } from '../src/testing/index.ts'

// Each test starts programs from source, on a machine that may be busy with others: patience costs nothing.
vi.setConfig({ testTimeout: 120_000 })
const soon = { timeout: 100_000, interval: 25 }
const untilSaid = (child: Child, text: string): Promise<void> =>
  vi.waitFor(() => {
    expect(child.err()).toContain(text)
  }, soon)

/** Where a child serves HTTP, once it says so. */
async function httpOf(child: Child): Promise<string> {
  await untilSaid(child, 'metrics and health at ')
  return /metrics and health at (http:[/\d.:]+)/.exec(child.err())?.[1] ?? ''
}

describe('stock-bot', () => {
  it('helps, and says its version', async () => {
    await using help = stockBot(['--help'])
    await using version = stockBot(['--version'])
    expect(await help.ended).toBe(0)
    expect(help.out()).toContain('Usage: stock-bot [options] [command]')
    expect(help.out()).toContain('Examples:')
    expect(await version.ended).toBe(0)
    expect(version.out()).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it.each([
    [[], "required option '--amqp <url>' not specified"],
    [['--amqp', 'amqp://x', '--nosuch'], "unknown option '--nosuch'"],
    [['--amqp', 'http://u:secret@x'], '--amqp must look like amqp://user:password@host:5672/vhost'],
    [['--amqp', 'amqp:secret'], '--amqp must look like'],
    [['--amqp', 'amqp://x', '--concurrency', '0'], '--concurrency must be an integer from 1 to 10000'],
    [['--amqp', 'amqp://x', '--concurrency', '2.5'], '--concurrency must be an integer'],
    [['--amqp', 'amqp://x', '--quotes', 'nosuch'], 'nosuch'],
    [['--amqp', 'amqp://x', '--name', ' x'], "a bot's name must be 1–32 characters"],
    [['--amqp', 'amqp://x', '--log', 'xml'], 'Allowed choices are text, json'],
    [['--amqp', 'amqp://x', '--http', 'x'], '--http must be a port, or host:port'],
    [['--amqp', 'amqp://x', '--amqp', 'http://u:secret@x'], '--amqp must look like'],
    [['dlq', 'purge', '--amqp', 'amqp://u:secret@x'], 'say --yes'],
  ])('ends with 2 for a wrong command line: %j', async (args, message) => {
    await using child = stockBot(args)
    expect(await child.ended).toBe(2)
    expect(child.err()).toContain(message)
    expect(child.err()).not.toContain('secret')
    expect(child.err()).not.toContain('    at ')
  })
})

describe('stock-bot without RabbitMQ', () => {
  it('says where it looks, never how it would log in, and keeps trying until it is told to stop', async () => {
    let trials = 0
    const counted = Promise.withResolvers<void>()
    await using refusing = await listen(socket => {
      socket.destroy()
      trials += 1
      if (trials === 6) counted.resolve()
    })
    const { host } = refusing
    await using child = stockBot(['--amqp', `amqp://bot:secret@${host}/chat`])
    await counted.promise
    child.process.kill('SIGTERM')
    expect(await child.ended).toBe(0)
    expect(child.err()).toMatch(
      new RegExp(`^RabbitMQ at amqp://${host} cannot be reached: .+\\. Still trying\\.$`, 'm'),
    )
    expect(child.err().match(/cannot be reached/g)).toHaveLength(1)
    expect(child.err()).toContain('stock-bot stopped: 0 completed, 0 requeued, 0 aborted')
    expect(child.err()).not.toContain('ready')
    expect(child.err()).not.toContain('secret')
  })

  it('speaks JSON to machines, one object a line', async () => {
    await using refusing = await listen(socket => {
      socket.destroy()
    })
    const { host } = refusing
    await using child = stockBot(['--log', 'json'], { AMQP_URL: `amqp://bot:secret@${host}` })
    await untilSaid(child, 'rabbitmq-down')
    child.process.kill('SIGINT')
    expect(await child.ended).toBe(0)
    const lines = child.lines()
    expect(lines.map(({ event }) => event)).toEqual(['rabbitmq-down', 'stopping', 'stopped'])
    expect(lines[0]).toMatchObject({ level: 'warn', address: `amqp://${host}`, time: expect.any(String) })
    expect(lines[2]).toMatchObject({ level: 'info', completed: 0, requeued: 0, aborted: 0 })
    expect(child.err()).not.toContain('secret')
  })

  it('looks at one host after the other', async () => {
    const [seen, counted] = [new Set<number>(), Promise.withResolvers<void>()]
    const refuse = (which: number) => (socket: Socket) => {
      socket.destroy()
      seen.add(which)
      if (seen.size === 2) counted.resolve()
    }
    await using first = await listen(refuse(1))
    await using second = await listen(refuse(2))
    const [one, two] = [`amqp://u:secret@${first.host}`, `amqp://u:secret@${second.host}`]
    await using child = stockBot(['--amqp', one, '--amqp', two])
    await counted.promise
    child.process.kill('SIGTERM')
    expect(await child.ended).toBe(0)
    expect(child.err()).toContain(`RabbitMQ at amqp://${first.host}, amqp://${second.host} cannot be reached`)
    expect(child.err()).not.toContain('secret')
  })

  it('lives, and says that it is not ready and why', async () => {
    await using refusing = await listen(socket => {
      socket.destroy()
    })
    await using child = stockBot(['--amqp', `amqp://u:secret@${refusing.host}`, '--http', '0'])
    const at = await httpOf(child)
    expect((await fetch(`${at}/healthz`)).status).toBe(200)
    const response = await fetch(`${at}/readyz`)
    expect(response.status).toBe(503)
    const text = await response.text()
    expect(JSON.parse(text)).toMatchObject({
      status: 'not-ready',
      reasons: ['The bot is starting.', 'RabbitMQ cannot be reached.'],
      broker: { addresses: [`amqp://${refusing.host}`] },
      sources: [{ source: 'stooq', state: 'closed' }],
    })
    expect(text).not.toContain('secret')
    child.process.kill('SIGTERM')
    expect(await child.ended).toBe(0)
  })

  it('ends with 1 where it cannot listen', async () => {
    await using taken = await listen(socket => {
      socket.destroy()
    })
    await using child = stockBot(['--amqp', `amqp://${taken.host}`, '--http', taken.host])
    expect(await child.ended).toBe(1)
    expect(child.err()).toContain(
      `cannot listen at ${taken.host} (--http): somebody else listens there already`,
    )
  })

  it('has a doctor, who says what is wrong and ends with 1', async () => {
    await using refusing = await listen(socket => {
      socket.destroy()
    })
    await using server = await startStooqServer({ fault: 'challenge' })
    await using child = stockBot(['doctor', '--quotes', server.url], {
      AMQP_URL: `amqp://u:secret@${refusing.host}`,
    })
    expect(await child.ended).toBe(1)
    expect(child.out()).toContain(
      `problem  RabbitMQ at amqp://${refusing.host}: what listens there does not answer`,
    )
    expect(child.out()).toContain(`problem  source ${server.url}: turns programs away (blocked)`)
    expect(child.out()).toContain('2 things are wrong.')
    expect(child.out() + child.err()).not.toContain('secret')
  })
})

const url = await shared('rabbitmq')

describe('stock-bot with RabbitMQ', () => {
  it('answers, stops within its deadline, and ends at once when told twice', async () => {
    const address = `amqp://${new URL(url).host}`
    // A source that accepts and says nothing: its command is in hand for as long as the test wants.
    const asked = Promise.withResolvers<void>()
    await using silent = await listen(socket => {
      socket.on('data', () => asked.resolve())
    })
    await using hub = amqpBroker({ urls: url, name: 'hub', closeTimeout: 500 })
    await using quick = stockBot(['--amqp', url, '--quotes', 'sample', '--name', 'quick'])
    await untilSaid(quick, `stock-bot ready: ${address}\n`)
    await hub.connected()
    const replies: Reply[] = []
    const log = `log-${crypto.randomUUID()}`
    await hub.onReply({ id: log, durable: false }, async reply => {
      replies.push(reply)
      await Promise.resolve()
    })
    await hub.send(command('aapl.us', log))
    await vi.waitFor(() => {
      expect(replies).toHaveLength(1)
    }, soon)
    expect(replies[0]).toMatchObject({ text: expect.stringContaining('AAPL.US quote is $93.42 per share') })
    expect(replies[0]?.author).toEqual({ id: 'bot:quick', name: 'quick' })
    quick.process.kill('SIGTERM')
    expect(await quick.ended).toBe(0)
    expect(quick.err()).toContain('stock-bot stopped: 0 completed, 0 requeued, 0 aborted')
    expect(quick.err()).not.toContain(new URL(url).password || 'no password')

    await using slow = stockBot(['--amqp', url, '--quotes', `http://${silent.host}`, '--name', 'slow'])
    await untilSaid(slow, `stock-bot ready: ${address}\n`)
    await hub.send(command('msft.us', log))
    await asked.promise
    slow.process.kill('SIGTERM')
    await untilSaid(slow, 'stock-bot stopping: SIGTERM')
    slow.process.kill('SIGTERM')
    expect(await slow.ended).toBe(143)
    expect(replies).toHaveLength(1)
  })
})

// Of its own: what a bot that was killed left behind would be counted.
const quiet = await shared('rabbitmq')

describe('stock-bot with --http and --log json', () => {
  it('is ready, measures, names a source that is not asked, and gives each line of a command its ids', async () => {
    await using server = await startStooqServer()
    await using hub = amqpBroker({ urls: quiet, name: 'hub', closeTimeout: 500 })
    await using child = stockBot(['--amqp', quiet, '--quotes', server.url, '--http', '0', '--log', 'json'])
    await untilSaid(child, 'stock-bot ready')
    const at = await httpOf(child)
    await vi.waitFor(async () => {
      const ready = await fetch(`${at}/readyz`)
      expect([ready.status, await ready.json()]).toMatchObject([
        200,
        { status: 'ready', bot: { phase: 'running' } },
      ])
    }, soon)

    await hub.connected()
    const replies: Reply[] = []
    const log = `log-${crypto.randomUUID()}`
    await hub.onReply({ id: log, durable: false }, async reply => {
      replies.push(reply)
      await Promise.resolve()
    })
    const first = command('aapl.us', log)
    await hub.send(first)
    const second = { ...command('msft.us', log), traceparent: `00-${'4b'.repeat(16)}-00f067aa0ba902b7-01` }
    await vi.waitFor(() => {
      expect(replies).toHaveLength(1)
    }, soon)
    server.fault = 'limit'
    await hub.send(second)
    await vi.waitFor(() => {
      expect(replies).toHaveLength(2)
    }, soon)

    const unready = await fetch(`${at}/readyz`)
    expect([unready.status, await unready.json()]).toMatchObject([
      503,
      { status: 'not-ready', sources: [{ source: server.url, state: 'open', kind: 'rate-limited' }] },
    ])
    const metrics = await (await fetch(`${at}/metrics`)).text()
    expect(metrics).toContain('stock_bot_commands_total{command="stock",outcome="answered"} 2')
    expect(metrics).toContain(`stock_bot_breaker_state{source="${server.url}"} 2`)
    expect(metrics).toContain('stock_bot_outbox_messages 0')
    expect(metrics).toMatch(/nodejs_eventloop_lag_seconds \d/)
    expect(metrics).not.toMatch(/aapl|msft|general/i)

    child.process.kill('SIGTERM')
    expect(await child.ended).toBe(0)
    const lines = child.lines()
    const of = (id: string) => lines.filter(line => line['correlationId'] === id).map(({ event }) => event)
    expect(of(first.commandId)).toEqual(['command'])
    expect(of(second.commandId)).toEqual(['source-failed', 'breaker', 'command'])
    expect(lines.find(({ traceId }) => traceId !== undefined)).toMatchObject({ traceId: '4b'.repeat(16) })
    expect(lines.map(({ event }) => event)).toContain('stopped')
    expect(child.err()).not.toMatch(/aapl|msft/i)
    expect(child.err()).not.toContain(new URL(quiet).password || 'no password')
  })

  it('has a doctor who finds nothing wrong', async () => {
    await using server = await startStooqServer()
    await using child = stockBot(['doctor', '--amqp', quiet, '--quotes', server.url])
    expect(await child.ended).toBe(0)
    expect(child.out()).toContain('Nothing is wrong.')
  })
})

describe('stock-bot dlq', () => {
  /** Runs a verb on the dead letters of /stock. */
  async function dlq(...args: readonly string[]) {
    await using child = stockBot(['dlq', ...args], { AMQP_URL: quiet })
    return { code: await child.ended, out: child.out(), err: child.err() }
  }

  it('lists dead letters, without their texts, and deletes them', async () => {
    const model = await connect(quiet)
    const channel = await model.createConfirmChannel()
    await declareExchanges(channel)
    await declareCommandQueue(channel, 'stock')
    const sent = command('SECRET.US', 'log')
    const properties = { messageId: sent.id, correlationId: sent.commandId, replyTo: 'log' }
    channel.publish('chat.dlx', 'command.stock', Buffer.from(JSON.stringify(sent)), properties)
    await channel.waitForConfirms()
    await model.close()

    const listed = await dlq('list', '--json')
    expect([listed.code, listed.err]).toEqual([0, ''])
    expect(JSON.parse(listed.out)).toMatchObject({
      id: sent.id,
      correlationId: sent.commandId,
      command: 'stock',
      room: 'general',
    })
    expect(listed.out).not.toContain('SECRET')
    expect((await dlq('list', '--show-text')).out).toContain('"SECRET.US"')
    expect(await dlq('replay')).toEqual({
      code: 1,
      out: '',
      err: 'Nothing more is done: no bot takes commands from bot.stock.v1 at the moment: start one first.\n',
    })
    expect(await dlq('purge', '--yes')).toEqual({ code: 0, out: '1 deleted\n', err: '' })
    expect(await dlq('list')).toEqual({ code: 0, out: 'There are no dead letters of /stock.\n', err: '' })
  })

  it('ends with 1 where there is no such queue', async () => {
    expect(await dlq('list', 'nosuch')).toEqual({
      code: 1,
      out: '',
      err: 'There is no queue bot.nosuch.v1.dead: no bot with /nosuch has been here yet.\n',
    })
  })
})

function command(args: string, log: string) {
  const id = crypto.randomUUID()
  return {
    id,
    commandId: id,
    name: 'stock',
    args,
    room: 'general',
    author: { id: 'guest:ann', name: 'Ann' },
    replyTo: log,
    deadline: Date.now() + 30_000,
  }
}
