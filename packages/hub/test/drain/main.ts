/** `npm run drill:drain`: drains a hub of 1,000 clients over 5 s, or of as many as `--clients` says. */
import { parseArgs } from 'node:util'
import { describeReport, drainDrill, faults } from './drill.ts'

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '1000' },
    window: { type: 'string', default: '5000' },
    rate: { type: 'string', default: '50' },
  },
})
const integer = (name: keyof typeof values): number => {
  const value = Number(values[name])
  if (!(Number.isSafeInteger(value) && value >= 1))
    throw new RangeError(`--${name} must be an integer from 1, got ${values[name]}`)
  return value
}
const windowMs = integer('window')
const report = await drainDrill({
  clients: integer('clients'),
  windowMs,
  deadlineMs: 3 * windowMs,
  messagesPerSecond: integer('rate'),
})
console.log(describeReport(report))
for (const fault of faults(report)) console.log(`FAILED: ${fault}`)
process.exitCode = faults(report).length > 0 ? 1 : 0
