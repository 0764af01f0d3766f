/**
 * `npm run fuzz:quotes`: classifies the 27 ways to answer wrongly, sends 1,000,000 rubbish bodies through the
 * parser, and 10,000 rubbish answers through real HTTP. `--bodies` and `--requests` say how many, `--seed` does
 * again what a run before has done.
 */
import { parseArgs } from 'node:util'
import { classify } from './classify.ts'
import { stormHttp } from './http-storm.ts'
import { runParser } from './parser-run.ts'
import { describeCases, describeParserRun, describeStorm } from './report.ts'

const { values } = parseArgs({
  options: {
    bodies: { type: 'string', default: '1000000' },
    requests: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
})

function whole(name: 'bodies' | 'requests' | 'seed', least: number): number {
  const value = Number(values[name])
  if (Number.isSafeInteger(value) && value >= least && value < 2 ** 31) return value
  throw new RangeError(`--${name} must be an integer from ${least} to ${2 ** 31 - 1}, got ${values[name]}`)
}

const bodies = whole('bodies', 0)
const requests = whole('requests', 0)
const seed = whole('seed', 0)

// Whatever escapes a promise or a callback is a failure too, and must not end the count.
const escaped: unknown[] = []
for (const event of ['unhandledRejection', 'uncaughtException']) {
  process.on(event, (error: unknown) => escaped.push(error))
}

const cases = await classify()
console.log(describeCases(cases))
const parser = runParser(bodies, seed)
console.log(describeParserRun(parser))
const storm = await stormHttp(requests, seed)
console.log(describeStorm(storm))
console.log(`${escaped.length} errors escaped${escaped.map(error => `\nFAILED ${String(error)}`).join('')}`)

const missed = cases.filter(each => each.missed.length > 0).length
if (missed + storm.failures.length + escaped.length > 0 || parser.failure !== undefined) process.exitCode = 1
