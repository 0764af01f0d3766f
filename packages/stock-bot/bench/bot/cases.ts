import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { onCore } from '../../../../.config/bench/pin.ts'
import type { Bar, Metrics } from '../../../../.config/bench/report.ts'
import { coldStartMs, STARTS } from './cold-start.ts'

/** What a case runs on. */
export interface Ground {
  readonly amqp: string
  /** Node's flags for the process that is measured. */
  readonly flags: readonly string[]
}

/** One comparison. */
export interface Case {
  readonly systems: readonly string[]
  run(system: string, ground: Ground): Promise<Metrics>
}

export const bars: readonly Bar[] = [
  { case: 'rabbit-64', metric: 'round_trips_per_s', peer: 'amqplib', least: 0.8 },
  { case: 'rabbit-serial', metric: 'p50_ms', peer: 'amqplib', most: 1.3 },
  { case: 'memory', metric: 'cpu_us_per_command', most: 10 },
  { case: 'memory', metric: 'heap_growth_mb', most: 8 },
  { case: 'cold-start', metric: 'cpu_over_allowed', most: 1 },
]

const exec = promisify(execFile)
const script = fileURLToPath(new URL('run-case.ts', import.meta.url))

const inProcessOfItsOwn =
  (name: string) =>
  async (system: string, { amqp, flags }: Ground) => {
    const node = ['--conditions=@hubbub/source', '--expose-gc', ...flags, script, name, system, amqp]
    const [command, args] = onCore(1, process.execPath, node)
    const { stdout } = await exec(command, args, { timeout: 300_000 })
    return JSON.parse(stdout) as Metrics
  }

/** Each start in turn, five times; the least of each, because whatever else the machine does only adds to it. */
async function coldStart(system: string, { amqp, flags }: Ground): Promise<Metrics> {
  const least = new Map<string, number>()
  for (let round = 0; round < 5; round += 1)
    for (const start of system === 'stock-bot' ? STARTS : [system]) {
      const ms = await coldStartMs(start, amqp, start === 'stock-bot' ? flags : [])
      least.set(start, Math.min(ms, least.get(start) ?? Infinity))
    }
  const [ours = 0, bare = 0, connected = 0] = STARTS.map(start => least.get(start))
  if (system !== 'stock-bot') return { cpu_ms: least.get(system) ?? Number.NaN }
  // Twice the bare import, and what the handshake costs.
  return { cpu_ms: ours, cpu_over_allowed: ours / (2 * bare + Math.max(0, connected - bare)) }
}

export const cases: Readonly<Record<string, Case>> = {
  'rabbit-64': { systems: ['stock-bot', 'amqplib'], run: inProcessOfItsOwn('rabbit-64') },
  'rabbit-serial': { systems: ['stock-bot', 'amqplib'], run: inProcessOfItsOwn('rabbit-serial') },
  memory: { systems: ['stock-bot', 'p-limit'], run: inProcessOfItsOwn('memory') },
  'cold-start': { systems: STARTS, run: coldStart },
}
