/** Storms a hub in which a frame ends the process, if nobody catches that: `crash-twin.ts crash|rejection`. */
import { describeStorm } from './report.ts'
import { storm } from './storm.ts'

const [, , how] = process.argv
const report = await storm({
  transport: 'stream',
  frames: 1_000,
  seed: 1,
  tamper(hub) {
    const accept = hub.accept.bind(hub)
    hub.accept = connection => {
      accept(connection)
      const { onMessage } = connection
      connection.onMessage = text => {
        if (text.includes('"rooms"') && how === 'crash') throw new Error('crash')
        if (text.includes('"rooms"')) void Promise.reject(new Error('rejection'))
        onMessage?.(text)
      }
    }
  },
})
console.log(describeStorm(report))
process.exitCode = report.failures.length > 0 ? 1 : 0
