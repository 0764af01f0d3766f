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
import { rabbitMqWords } from './rabbitmq-words.ts'
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
  const broker = amqpBroker({ urls: url, name: 'chat-cli', onEvent: rabbitMqWords(tell) })
  return { broker, close: () => broker.close() }
}
