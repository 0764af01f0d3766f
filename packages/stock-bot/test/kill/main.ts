/** `npm run drill:bots`: kills RabbitMQ 20 times and bots 20 times under load, or as often as `--cycles` says. */
import { parseArgs } from 'node:util'
import { rabbitmq } from '../../../../.config/services/rabbitmq.ts'
import { drillBots } from './bot-drill.ts'
import { drillRabbit } from './rabbit-drill.ts'
import { describeBots, describeRabbit, isPrompt, passed } from './report.ts'

const { values } = parseArgs({ options: { cycles: { type: 'string', default: '20' } } })
const cycles = Number(values.cycles)
if (!(Number.isSafeInteger(cycles) && cycles >= 1))
  throw new RangeError(`--cycles must be an integer from 1, got ${values.cycles}`)
const rabbit = await rabbitmq({ own: true })
try {
  const bots = await drillBots({ amqp: rabbit.url, cycles })
  console.log(describeBots(bots))
  const broker = await drillRabbit(rabbit, { cycles })
  console.log(describeRabbit(broker))
  for (const each of [...bots.unhandled, ...broker.unhandled].slice(0, 20)) console.log(each)
  process.exitCode = passed(bots) && passed(broker) && isPrompt(broker) ? 0 : 1
} finally {
  await rabbit.stop()
}
