/**
 * What a command costs on its way to a bot and back: over RabbitMQ beside amqplib alone, in one process beside
 * what one writes by hand, and until the `stock-bot` binary is ready. Every reply is counted: one that is lost or
 * comes twice makes this exit 1.
 *
 * `node --conditions=@hubbub/source bench/bot.ts [--json] [--case rabbit-64,memory] [--rounds 3]
 * [--cpu-prof DIR]`; `--cpu-prof` leaves a profile of each process in DIR. RabbitMQ is one of our own.
 */
import { parseArgs } from 'node:util'
import { canPin, moveToCore } from '../../../.config/bench/pin.ts'
import { Report } from '../../../.config/bench/report.ts'
import { conclude, measureInTurn, say } from '../../../.config/bench/rounds.ts'
import { rabbitmq } from '../../../.config/services/rabbitmq.ts'
import { bars, cases } from './bot/cases.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    case: { type: 'string', default: Object.keys(cases).join(',') },
    rounds: { type: 'string', default: '3' },
    'cpu-prof': { type: 'string' },
  },
})
const rounds = Number(values.rounds)
if (!(Number.isSafeInteger(rounds) && rounds >= 1))
  throw new RangeError(`--rounds must be an integer from 1, got ${values.rounds}`)
const chosen = values.case.split(',').map(name => {
  const { [name]: found } = cases
  if (!found) throw new RangeError(`--case is of ${Object.keys(cases).join(', ')}, got ${name}`)
  return [name, found] as const
})

const rabbit = await rabbitmq({ own: true })
try {
  moveToCore(0, Number((await rabbit.ctl('eval', 'os:getpid().')).replaceAll(/\D/g, '')))
  say(canPin ? 'RabbitMQ on core 0, what is measured on core 1\n' : 'not pinned to cores\n')
  const ground = {
    amqp: rabbit.url,
    flags: values['cpu-prof'] === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values['cpu-prof']}`],
  }
  const report = new Report({ bench: 'bot', ours: 'stock-bot', bars })
  for (const [name, each] of chosen)
    await measureInTurn(
      { name, systems: each.systems, run: system => each.run(system, ground) },
      rounds,
      report,
    )
  conclude(report, values.json)
} finally {
  await rabbit.stop()
}
