import { type AmqpBroker, amqpBroker } from '../broker/amqp.ts'
import type { Bot, StopReport } from '../bot-options.ts'
import { createBot } from '../bot.ts'
import { cachedQuotes } from '../quotes/cache.ts'
import { chainQuotes, type QuoteChain } from '../quotes/chain.ts'
import { stockCommand } from '../quotes/stock-command.ts'
import { commandLog } from './command-log.ts'
import { connectionLog } from './connection-log.ts'
import { addressOf, type HttpAddress } from './hosts.ts'
import type { Log } from './log.ts'
import type { ServiceOptions } from './options.ts'
import { type StatusParts, statusOf } from './status.ts'

/** How long a stop waits for what runs, in milliseconds. */
const STOP_MS = 10_000
// RabbitMQ may come up later than the bot: "ready" is to mean that it takes commands.
const UNTIL_SUBSCRIBED = 2 ** 31 - 1

/** Runs the bot until the signal aborts; resolves with what became of the commands in hand. */
export async function serve(options: ServiceOptions, log: Log, signal: AbortSignal): Promise<StopReport> {
  const addresses = options.amqp.map(addressOf)
  const address = addresses.join(', ')
  using commands = { [Symbol.dispose]: commandLog(log) }
  void commands
  await using broker = amqpBroker({
    urls: options.amqp,
    name: options.name,
    subscribeTimeout: UNTIL_SUBSCRIBED,
    onEvent: connectionLog(address, log),
  })
  const chain = chainQuotes(options.quotes)
  await using source = cachedQuotes(chain)
  const bot = createBot({
    broker,
    name: options.name,
    concurrency: options.concurrency,
    commands: [stockCommand({ source })],
    onError: (error, command) => {
      const text = error instanceof Error ? error.message : String(error)
      const ids = command && { command: command.name, id: command.id, correlationId: command.commandId }
      log({
        level: 'error',
        event: 'command-failed',
        text: `/${command?.name ?? '?'} failed: ${text}`,
        fields: { ...ids, stack: error instanceof Error ? error.stack : text },
      })
    },
  })
  let phase: StatusParts['phase'] = 'starting'
  const stopped = Promise.withResolvers<void>()
  const onAbort = (): void => {
    phase = 'stopping'
    stopped.resolve()
  }
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  await using http =
    options.http && (await operate(options.http, { addresses, broker, bot, chain }, () => phase))
  if (http)
    log({
      level: 'info',
      event: 'http',
      text: `metrics and health at ${http.url}`,
      fields: { url: http.url },
    })
  const started = bot.start().then(() => {
    if (phase === 'starting') phase = 'running'
    const sources = options.quotes.map(({ name }) => name)
    log({ level: 'info', event: 'ready', text: `stock-bot ready: ${address}`, fields: { address, sources } })
    return stopped.promise
  })
  // A start that is cut short rejects when the broker closes; nobody listens any more by then.
  await Promise.race([started, stopped.promise])
  return await bot.stop({ deadline: STOP_MS })
}

/** Serves health, readiness and metrics. Loads what that needs, which a bot without it never does. */
async function operate(
  at: HttpAddress,
  parts: {
    readonly addresses: readonly string[]
    readonly broker: AmqpBroker
    readonly bot: Bot
    readonly chain: QuoteChain
  },
  phase: () => StatusParts['phase'],
) {
  const [{ serveHttp }, { measure }] = await Promise.all([import('./http.ts'), import('./metrics.ts')])
  const { addresses, broker, bot, chain } = parts
  const metrics = measure(broker)
  try {
    const server = await serveHttp(at, {
      metrics: () => metrics.scrape(),
      status: () => {
        const body = statusOf({
          phase: phase(),
          addresses,
          broker,
          sources: chain.states(),
          bot: bot.stats(),
        })
        return { ready: body.status !== 'not-ready', body }
      },
    })
    return {
      url: server.url,
      async [Symbol.asyncDispose]() {
        await server[Symbol.asyncDispose]()
        metrics[Symbol.dispose]()
      },
    }
  } catch (error) {
    metrics[Symbol.dispose]()
    throw error
  }
}
