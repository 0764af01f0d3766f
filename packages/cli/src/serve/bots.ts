/** Where a server's commands go: to a bot in this process, or over RabbitMQ to bots of their own. */
import {
  type Broker,
  cachedQuotes,
  chainQuotes,
  createBot,
  memoryBroker,
  stockCommand,
} from '@hubbub/stock-bot'
import { sanitizeLine } from '../terminal/sanitize.ts'
import { readSources } from './sources.ts'

/** A broker, and how to end it with all that is behind it. */
export interface Bots {
  readonly broker: Broker
  close(): Promise<void>
}

/** The stock bot in this process, with the sources that `list` names. */
export async function embeddedBot(list: string, tell: (line: string) => void): Promise<Bots> {
  const source = cachedQuotes(chainQuotes(readSources(list)))
  const broker = memoryBroker()
  const bot = createBot({
    broker,
    commands: [stockCommand({ source })],
    onError: error => {
      tell(`the bot failed: ${sanitizeLine(String(error))}`)
    },
  })
  await bot.start()
  return {
    broker,
    async close() {
      await bot.stop()
      await source.close()
      await broker.close()
    },
  }
}

/** Bots that are reached over RabbitMQ. It is connected in the background, and told of when it goes and comes. */
export async function remoteBots(url: string, tell: (line: string) => void): Promise<Bots> {
  const { amqpBroker } = await import('@hubbub/stock-bot/amqp')
  // Two connections, one to publish and one to consume: it is an outage while one of them is down.
  const down = new Set<string>()
  let told = false
  const broker = amqpBroker({
    urls: url,
    name: 'chat-cli',
    onEvent: event => {
      if (event.type === 'down') {
        down.add(event.connection)
        if (told) return
        told = true
        const why = sanitizeLine(event.error.message)
        tell(
          `RabbitMQ at ${event.host} cannot be reached (${why}). Commands are refused until it can; it is tried again and again.`,
        )
      } else if (event.type === 'state' && event.state === 'closed') {
        down.delete(event.connection)
        if (!told || down.size > 0) return
        told = false
        tell('RabbitMQ can be reached again.')
      }
    },
  })
  await Promise.resolve()
  return { broker, close: () => broker.close() }
}
