/** One case of one system in a process of its own: prints its metrics as JSON. */
import { openBare } from './amqplib.ts'
import { openByHand } from './p-limit.ts'
import { type OpenSystem, type Plan, roundTrips } from './round-trips.ts'
import { openInProcess, openOverRabbit } from './stock-bot.ts'

const PLANS: Readonly<Record<string, Plan>> = {
  'rabbit-64': { count: 30_000, warmUp: 5_000, inFlight: 64 },
  'rabbit-serial': { count: 3_000, warmUp: 500, inFlight: 1 },
  memory: { count: 1_000_000, warmUp: 100_000, inFlight: 64 },
}
const MB = 1024 * 1024

const [name = '', system = '', url = ''] = process.argv.slice(2)
const opens: Readonly<Record<string, OpenSystem>> =
  name === 'memory'
    ? { 'stock-bot': openInProcess, 'p-limit': openByHand }
    : { 'stock-bot': openOverRabbit(url), amqplib: openBare(url) }
const { [name]: plan } = PLANS
const { [system]: open } = opens
if (!plan || !open) throw new RangeError(`there is no case ${name} of ${system}`)
const before = heapMb()
const { perSecond, p50Ms, cpuUs, lost, doubled } = await roundTrips(open, plan)
const counts = { lost, doubled }
console.log(
  JSON.stringify(
    name === 'memory'
      ? { cpu_us_per_command: cpuUs, heap_growth_mb: heapMb() - before, ...counts }
      : { round_trips_per_s: perSecond, p50_ms: p50Ms, cpu_us_per_command: cpuUs, ...counts },
  ),
)

/** What is in use after a collection; needs `--expose-gc`. */
function heapMb(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / MB
}
