/**
 * A chat server with the stock bot. From a clone, with Node 22.18 or newer:
 *
 *   node --conditions=@hubbub/source examples/quickstart/server.ts
 *   npm run -s chat -- join --name ann
 */
import { createHub } from '@hubbub/hub'
import { listen } from '@hubbub/hub/ws'
import {
  chainQuotes,
  commands,
  createBot,
  memoryBroker,
  parseQuoteSources,
  stockCommand,
} from '@hubbub/stock-bot'

const { PORT = '4480', QUOTES = 'stooq,sample' } = process.env

// The bot knows the broker, and nothing of the chat.
const broker = memoryBroker()
const source = chainQuotes(parseQuoteSources(QUOTES))
const bot = await createBot({ broker, commands: [stockCommand({ source })] }).start()

// The chat knows the broker, and nothing of the bot. `commands` hands `/stock=AAPL.US` over instead of posting
// it, and posts what the bot replies. Put your own middleware before or behind it.
const hub = createHub()
hub.use(commands({ broker }))
const { url } = await listen(hub, { port: Number(PORT) })
console.log(`ready: ${url}`)

async function stop(): Promise<void> {
  await hub.close()
  await bot.stop()
  await broker.close()
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void stop())
