/**
 * `npm run fuzz`: storms a hub with 1,000,000 frames at each transport, or with as many as `--frames` says.
 * `--transport ws` storms only that one; `--seed` sends again what a run before has sent.
 */
import { parseArgs } from 'node:util'
import { describeStorm } from './report.ts'
import { transports } from './scripts.ts'
import { storm } from './storm.ts'

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    transport: { type: 'string', multiple: true, default: [...transports] },
  },
})
const frames = Number(values.frames)
if (!(Number.isSafeInteger(frames) && frames >= 1))
  throw new RangeError(`--frames must be an integer from 1, got ${values.frames}`)
const seed = Number(values.seed)
if (seed !== (seed | 0)) throw new RangeError(`--seed must be an integer of 32 bits, got ${values.seed}`)
for (const name of values.transport)
  if (!transports.some(each => each === name))
    throw new RangeError(`--transport must be one of ${transports.join(', ')}, got ${name}`)

for (const transport of transports.filter(each => values.transport.includes(each))) {
  const report = await storm({ transport, frames, seed })
  console.log(describeStorm(report))
  if (report.failures.length > 0) process.exitCode = 1
}
// A connection that never ended would keep this process for ever.
if (process.exitCode === 1) process.exit()
