import { amqpBroker } from '../../src/broker/amqp.ts'
import { type Broker, createBot, defineCommand, memoryBroker } from '../../src/index.ts'
import { ANSWER, command, LOG, NAME } from './command.ts'
import type { OpenSystem, System } from './round-trips.ts'

const bench = defineCommand({ name: NAME, run: () => ANSWER })

/** A chat's side and a bot, each with connections of its own to RabbitMQ. */
export const openOverRabbit =
  (urls: string): OpenSystem =>
  async replied => {
    const hub = amqpBroker({ urls, name: 'bench-hub' })
    const bots = amqpBroker({ urls, name: 'bench-bot' })
    await Promise.all([hub.connected(), bots.connected()])
    return start({ hub, bots, isDurable: true }, replied)
  }

/** A chat's side and a bot in one process, without a broker beside them. */
export const openInProcess: OpenSystem = replied => {
  const broker = memoryBroker()
  return start({ hub: broker, bots: broker, isDurable: false }, replied)
}

async function start(
  { hub, bots, isDurable }: { readonly hub: Broker; readonly bots: Broker; readonly isDurable: boolean },
  replied: (id: string) => void,
): Promise<System> {
  await hub.onReply({ id: LOG, durable: isDurable }, async ({ commandId }) => {
    replied(commandId)
    await Promise.resolve()
  })
  const bot = createBot({ broker: bots, name: 'bench', commands: [bench], concurrency: 64 })
  await bot.start()
  return {
    send: id => hub.send(command(id)),
    async close() {
      await bot.stop()
      await Promise.all([hub.close(), bots.close()])
    },
  }
}
