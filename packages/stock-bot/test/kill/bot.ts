/** A bot that the drill kills: `bot.ts URL`. Says `ready`, and then the id of each command that it begins. */
import { systemClock } from '@hubbub/hub'
import { createBot, defineCommand } from '@hubbub/stock-bot'
import { amqpBroker } from '@hubbub/stock-bot/amqp'

/** How long an answer takes: long enough to be killed in. */
const WORK_MS = 100

const [urls = ''] = process.argv.slice(2)
const echo = defineCommand({
  name: 'echo',
  async run({ id, text }) {
    process.stdout.write(`${id}\n`)
    const done = Promise.withResolvers<void>()
    systemClock.setTimer(done.resolve, WORK_MS)
    await done.promise
    return `echo ${text}`
  },
})
const broker = amqpBroker({ urls, name: 'bot' })
await createBot({ broker, name: 'bot', commands: [echo], concurrency: 64 }).start()
process.stdout.write('ready\n')
// Whoever started it is gone.
process.stdin.resume().on('end', () => {
  process.exit()
})
