/**
 * A chat with a bot of your own. From a clone, with Node 22.18 or newer:
 *
 *   node --conditions=@hubbub/source examples/custom-bot/server.ts
 *   npm run -s chat -- join --name ann          then type /roll=2d6, or /help
 */
import { createHub } from '@hubbub/hub'
import { listen } from '@hubbub/hub/ws'
import { commands, createBot, memoryBroker } from '@hubbub/stock-bot'
import { rollCommand } from './roll.ts'

const { PORT = '4480' } = process.env

const broker = memoryBroker()
const bot = await createBot({ broker, name: 'croupier', commands: [rollCommand()] }).start()

const hub = createHub()
hub.use(commands({ broker, reserve: ['croupier'] }))
const { url } = await listen(hub, { port: Number(PORT) })
console.log(`ready: ${url}`)

async function stop(): Promise<void> {
  await hub.close()
  await bot.stop()
  await broker.close()
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void stop())
