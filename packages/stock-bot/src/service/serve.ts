import { amqpBroker } from '../broker/amqp.ts'
import type { StopReport } from '../bot-options.ts'
import { createBot } from '../bot.ts'
import { cachedQuotes } from '../quotes/cache.ts'
import { chainQuotes } from '../quotes/chain.ts'
import { stockCommand } from '../quotes/stock-command.ts'
import { addressOf, connectionLog } from './connection-log.ts'
import type { Log } from './log.ts'
import type { ServiceOptions } from './options.ts'

/** How long a stop waits for what runs, in milliseconds. */
const STOP_MS = 10_000
// RabbitMQ may come up later than the bot: "ready" is to mean that it takes commands.
const UNTIL_SUBSCRIBED = 2 ** 31 - 1

/** Runs the bot until the signal aborts; resolves with what became of the commands in hand. */
export async function serve(options: ServiceOptions, log: Log, signal: AbortSignal): Promise<StopReport> {
  const address = addressOf(options.amqp)
  const broker = amqpBroker({
    urls: options.amqp,
    name: options.name,
    subscribeTimeout: UNTIL_SUBSCRIBED,
    onEvent: connectionLog(address, log),
  })
  try {
    const bot = createBot({
      broker,
      name: options.name,
      concurrency: options.concurrency,
      commands: [stockCommand({ source: cachedQuotes(chainQuotes(options.quotes)) })],
      onError(error, command) {
        const text = error instanceof Error ? error.message : String(error)
        log({
          level: 'error',
          event: 'command-failed',
          text: `/${command?.name ?? '?'} failed: ${text}`,
          fields: {
            command: command?.name,
            id: command?.id,
            stack: error instanceof Error ? error.stack : text,
          },
        })
      },
    })
    const stopped = Promise.withResolvers<void>()
    signal.addEventListener('abort', () => stopped.resolve(), { once: true })
    if (signal.aborted) stopped.resolve()
    const started = bot.start().then(() => {
      const sources = options.quotes.map(({ name }) => name)
      log({
        level: 'info',
        event: 'ready',
        text: `stock-bot ready: ${address}`,
        fields: { address, sources },
      })
      return stopped.promise
    })
    // A start that is cut short rejects when the broker closes; nobody listens any more by then.
    await Promise.race([started, stopped.promise])
    return await bot.stop({ deadline: STOP_MS })
  } finally {
    await broker.close()
  }
}
