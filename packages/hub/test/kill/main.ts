/** `npm run drill:kill`: kills a server with a SQLite log 20 times, or as often as `--cycles` says. */
import { parseArgs } from 'node:util'
import { describeReport, drill, passed } from './drill.ts'

const { values } = parseArgs({ options: { cycles: { type: 'string', default: '20' } } })
const cycles = Number(values.cycles)
if (!(Number.isSafeInteger(cycles) && cycles >= 1))
  throw new RangeError(`--cycles must be an integer from 1, got ${values.cycles}`)
const report = await drill({ cycles })
console.log(describeReport(report))
for (const each of report.unhandled.slice(0, 20)) console.log(each)
process.exitCode = passed(report) ? 0 : 1
