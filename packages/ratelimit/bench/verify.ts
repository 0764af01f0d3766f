/** The long form of the comparison with exact fractions: `npm run verify -w @hubbub/ratelimit [-- sequences]`. */
import { createLimiter } from '../src/index.ts'
import { assertExact } from '../test/model.ts'

const sequences = Number(process.argv[2] ?? 100_000)
const started = performance.now()
assertExact(createLimiter, { sequences })
const seconds = ((performance.now() - started) / 1_000).toFixed(1)
console.log(`${sequences.toLocaleString('en')} command sequences agree with exact arithmetic (${seconds} s)`)
