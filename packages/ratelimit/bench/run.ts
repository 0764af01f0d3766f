/**
 * Measures the limiter beside its peers: every case of every system in a process of its own, in turn, process
 * CPU time, medians of `--rounds` (3). Prints a table with the bars, or with `--json` one object a line. Exits
 * with 1 when a case has lost or doubled work.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
  },
})
const run = promisify(execFile)
const script = fileURLToPath(new URL('cases.ts', import.meta.url))

interface Bar {
  readonly case: string
  readonly metric: string
  /** The system that ours is compared with; absent: `most` is absolute. */
  readonly peer?: string
  readonly most: number
}

const bars: readonly Bar[] = [
  { case: 'allow', metric: 'ns_per_op', peer: 'floor', most: 1.6 },
  { case: 'check-allow', metric: 'ns_per_op', peer: 'rate-limiter-flexible', most: 0.4 },
  { case: 'check-deny', metric: 'ns_per_op', peer: 'rate-limiter-flexible', most: 0.1 },
  { case: 'churn', metric: 'ns_per_op', peer: 'rate-limiter-flexible', most: 0.3 },
  { case: 'churn', metric: 'heap_mb', most: 8 },
  { case: 'memory', metric: 'bytes_per_key', most: 140 },
  { case: 'sweep', metric: 'ms', most: 1 },
  { case: 'ipkey-v6', metric: 'ns_per_op', peer: 'express-rate-limit', most: 0.1 },
  { case: 'ipkey-mapped', metric: 'ns_per_op', peer: 'express-rate-limit', most: 0.1 },
]

async function child(...args: string[]): Promise<unknown> {
  const { stdout } = await run(
    process.execPath,
    ['--conditions=@hubbub/source', '--expose-gc', script, ...args],
    { timeout: 300_000 },
  )
  return JSON.parse(stdout)
}

const all = (await child()) as [string, string][]
const chosen = all.filter(([name]) => values.only === undefined || values.only.split(',').includes(name))
const samples = new Map<string, number[]>()
for (let round = 0; round < Math.max(3, Number(values.rounds)); round++) {
  for (const [name, system] of chosen) {
    const metrics = await child(name, system).catch((error: unknown) => {
      console.error(`${name} of ${system} failed: ${error instanceof Error ? error.message : 'unknown'}`)
      process.exit(1)
    })
    for (const [metric, value] of Object.entries(metrics as Record<string, number>)) {
      const id = [name, system, metric].join(' ')
      samples.set(id, [...(samples.get(id) ?? []), value])
    }
    if (!values.json) process.stderr.write('.')
  }
}
if (!values.json) process.stderr.write('\n')

const medianOf = (name: string, system: string, metric: string): number | undefined => {
  const values = samples.get([name, system, metric].join(' '))?.toSorted((a, b) => a - b)
  return values?.[values.length >> 1]
}
const rows = [...samples.keys()].map(id => {
  const [name = '', system = '', metric = ''] = id.split(' ')
  return {
    bench: 'ratelimit',
    case: name,
    system,
    metric,
    value: medianOf(name, system, metric) ?? Number.NaN,
  }
})

if (values.json) {
  for (const row of rows) console.log(JSON.stringify({ ...row, value: Number(row.value.toPrecision(4)) }))
} else {
  for (const { case: name, system, metric, value } of rows) {
    console.log(`${name.padEnd(13)} ${system.padEnd(22)} ${value.toPrecision(4).padStart(9)} ${metric}`)
  }
  console.log()
  for (const bar of bars) {
    const ours = medianOf(bar.case, 'ratelimit', bar.metric)
    const theirs = bar.peer === undefined ? 1 : medianOf(bar.case, bar.peer, bar.metric)
    if (ours === undefined || theirs === undefined) continue
    const value = ours / theirs
    const unit = bar.peer === undefined ? bar.metric : `of ${bar.peer}`
    console.log(
      `${value <= bar.most ? 'met   ' : 'MISSED'} ${bar.case.padEnd(13)} ${value.toPrecision(3).padStart(7)} ${unit}, bar ${bar.most}`,
    )
  }
}
