/**
 * What it costs to give one message to many: the hub beside a bare `ws` loop, socket.io, and the floor under
 * any server on Node. Server and load are processes of their own, each on its own core where `taskset` exists;
 * the cost is the server's CPU time from the operating system. Every delivery is counted: one that is lost or
 * comes twice makes this exit 1.
 *
 * `node --conditions=@hubbub/source bench/fanout.ts [--json] [--case flat-1000,paced-1000] [--rounds 3]
 * [--seconds 2] [--system hub,floor] [--cpu-prof DIR]`; `--cpu-prof` leaves a profile of each server in DIR.
 */
import { parseArgs } from 'node:util'
import { canPin } from '../../../.config/bench/pin.ts'
import { Report } from '../../../.config/bench/report.ts'
import { conclude, measureInTurn, say } from '../../../.config/bench/rounds.ts'
import { bars, cases } from './fanout/cases.ts'
import { describeDescriptors, tooFewDescriptors } from './fanout/descriptors.ts'
import { type System, SYSTEMS } from './fanout/dialects.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    case: { type: 'string' },
    system: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '2' },
    'cpu-prof': { type: 'string' },
  },
})

/** A list given by the user, or all there is. */
function choose(option: string, given: string | undefined, all: readonly string[]): readonly string[] {
  const chosen = given?.split(',') ?? all
  for (const each of chosen)
    if (!all.includes(each)) throw new RangeError(`--${option} is of ${all.join(', ')}, got ${each}`)
  return chosen
}

function positive(option: string, given: string): number {
  const value = Number(given)
  if (!(value > 0 && value <= 3_600)) throw new RangeError(`--${option} must be from 1 to 3600, got ${given}`)
  return value
}

const names = choose('case', values.case, Object.keys(cases))
const systems = choose('system', values.system, SYSTEMS)
const rounds = positive('rounds', values.rounds)
const seconds = positive('seconds', values.seconds)
const profiles = values['cpu-prof']
const flags = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`]

say(`${canPin ? 'server on core 0, load on core 1' : 'not pinned to cores'}; ${describeDescriptors()}\n`)
const report = new Report({ bench: 'fanout', ours: 'hub', bars })
for (const name of names) {
  const { [name]: chosen } = cases
  if (!chosen) continue
  const reason = tooFewDescriptors(chosen.clients)
  if (reason !== undefined) {
    say(`${name} was not measured: ${reason}\n`)
    continue
  }
  const measured = chosen.systems.filter(system => systems.includes(system))
  const run = (system: System) => chosen.run(system, { seconds, flags })
  await measureInTurn({ name, systems: measured, run }, rounds, report)
}
conclude(report, values.json)
