/** A server whose bots are processes of their own, over a real RabbitMQ. */
import { createBot, sampleQuotes, stockCommand } from '@hubbub/stock-bot'
import { amqpBroker } from '@hubbub/stock-bot/amqp'
import { fileURLToPath } from 'node:url'
import { expect, it, vi } from 'vitest'
import { rabbitmq } from '../../../../.config/services/rabbitmq.ts'
import { shared } from '../../../../.config/services/shared.ts'
import { cli, runToEnd, serve, start } from '../support/cli.ts'

const url = await shared('rabbitmq')
const BOT = fileURLToPath(new URL('../../../stock-bot/src/main.ts', import.meta.url))

it('a command crosses RabbitMQ, and its answer comes back to the room', async () => {
  await using server = await serve('--amqp', url)
  const broker = amqpBroker({ urls: url, name: 'test bot' })
  try {
    await broker.connected()
    await using bot = await createBot({
      broker,
      commands: [stockCommand({ source: sampleQuotes() })],
    }).start()
    const { code, out, err } = await runToEnd(['join', '--url', server.url], '/stock=AAPL.US\n')
    expect({ code, err: err.split('\n').filter(line => line.startsWith('not sent')) }).toEqual({
      code: 0,
      err: [],
    })
    expect(out).toContain('stock-bot [bot]: AAPL.US quote is $93.42 per share (sample data)')
    expect(bot.stats().answered).toBe(1)
  } finally {
    await broker.close()
  }
})

it('two bots share the work, and one that is told to stop in the middle loses no answer', async () => {
  await using server = await serve('--amqp', url)
  const bots = ['one', 'two'].map(() =>
    start(['--conditions=@hubbub/source', BOT, '--amqp', url, '--quotes', 'sample']),
  )
  const [first, second] = bots
  try {
    for (const bot of bots) await bot.says(/stock-bot ready: amqp:/)
    await using ann = cli('join', '--name', 'ann', '--url', server.url)
    await ann.says(/in general as ann/)
    for (let n = 0; n < 50; n += 1) ann.type('/stock=AAPL.US')
    await vi.waitFor(
      () => {
        expect(answers(ann.out())).toBeGreaterThan(15)
      },
      { timeout: 15_000, interval: 5 },
    )
    first?.child.kill('SIGTERM')
    ann.child.stdin.end()
    expect(await ann.exit).toBe(0)
    expect(answers(ann.out())).toBe(50)
    expect(await first?.exit).toBe(0)
    second?.child.kill('SIGTERM')
    expect(await second?.exit).toBe(0)
  } finally {
    for (const bot of bots) await bot[Symbol.asyncDispose]()
  }
}, 60_000)

it('a RabbitMQ that is out of memory is told to the operator, and to who gives a command', async () => {
  const rabbit = await rabbitmq({ own: true })
  try {
    await using server = await serve('--amqp', rabbit.url)
    await using bot = start(['--conditions=@hubbub/source', BOT, '--amqp', rabbit.url, '--quotes', 'sample'])
    await bot.says(/stock-bot ready: amqp:/)
    await using ann = cli('join', '--name', 'ann', '--url', server.url)
    await ann.says(/in general as ann/)
    ann.type('/stock=AAPL.US')
    await ann.says(/AAPL\.US quote is/)
    await rabbit.ctl('set_vm_memory_high_watermark', '0')
    // RabbitMQ tells only who publishes: one of these commands waits for it.
    await vi.waitFor(
      () => {
        ann.type('/stock=MSFT.US')
        expect(server.err()).toMatch(
          /RabbitMQ takes no messages \(.*memory.*\)\. Commands are refused until it does/,
        )
      },
      { timeout: 15_000, interval: 250 },
    )
    await using bob = cli('join', '--name', 'bob', '--url', server.url)
    bob.type('/stock=TSLA.US')
    await bob.says(/not sent.*Bots are unreachable, try again/)
    bob.type('good morning')
    await ann.says(/bob: good morning/)
    await rabbit.ctl('set_vm_memory_high_watermark', 'absolute', '512MB')
    await server.says(/RabbitMQ takes messages again/)
    await ann.says(/MSFT\.US quote is/)
  } finally {
    await rabbit.stop()
  }
}, 600_000)

const answers = (out: string): number => out.match(/stock-bot \[bot\]: AAPL\.US quote/g)?.length ?? 0
