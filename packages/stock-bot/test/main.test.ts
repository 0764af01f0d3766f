import { describe, expect, it, vi } from 'vitest'
import { shared } from '../../../.config/services/shared.ts'
import { amqpBroker } from '../src/broker/amqp.ts'
import type { Reply } from '../src/broker/broker.ts'
import { type Child, stockBot } from './support/child.ts'
import { listen } from './support/loopback.ts'

const soon = { timeout: 15_000, interval: 25 }
const untilSaid = (child: Child, text: string): Promise<void> =>
  vi.waitFor(() => {
    expect(child.err()).toContain(text)
  }, soon)

describe('stock-bot', () => {
  it('helps, and says its version', async () => {
    await using help = stockBot(['--help'])
    await using version = stockBot(['--version'])
    expect(await help.ended).toBe(0)
    expect(help.out()).toContain('Usage: stock-bot [options]')
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
    const lines = child
      .err()
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>)
    expect(lines.map(({ event }) => event)).toEqual(['rabbitmq-down', 'stopping', 'stopped'])
    expect(lines[0]).toMatchObject({ level: 'warn', address: `amqp://${host}`, time: expect.any(String) })
    expect(lines[2]).toMatchObject({ level: 'info', completed: 0, requeued: 0, aborted: 0 })
    expect(child.err()).not.toContain('secret')
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
  }, 60_000)
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
