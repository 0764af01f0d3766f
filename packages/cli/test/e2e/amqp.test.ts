/** A server whose bots are processes of their own, over a real RabbitMQ. */
import { createBot, sampleQuotes, stockCommand } from '@hubbub/stock-bot'
import { amqpBroker } from '@hubbub/stock-bot/amqp'
import { expect, it } from 'vitest'
import { shared } from '../../../../.config/services/shared.ts'
import { runToEnd, serve } from '../support/cli.ts'

const url = await shared('rabbitmq')

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
