/**
 * Checks every promise of the hub and of the bot kit in many orders of turns, awaits and answers, and that one who
 * breaks it is caught. Says in how many orders each case of a promise came up. Exits 1 where a promise does not hold,
 * where a broken twin gets away, and where a case never came up.
 *
 * `npm run verify -- [--runs 10000] [--only order] [--seed N --run N] [--json]`
 */
import { parseArgs } from 'node:util'
import { properties as ofTheHub } from '../packages/hub/test/properties/index.ts'
import { verify } from '../packages/hub/test/properties/support/verify.ts'
import { properties as ofTheBot } from '../packages/stock-bot/test/properties/index.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    only: { type: 'string' },
    seed: { type: 'string' },
    run: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})

/** An option that is an integer. Throws a RangeError that names it. */
function integer(option: string, given: string, least: number): number {
  const value = Number(given)
  if (!Number.isSafeInteger(value) || value < least)
    throw new RangeError(`--${option} must be an integer from ${least}, got ${given}`)
  return value
}

const properties = [...ofTheHub, ...ofTheBot]
const names = properties.map(({ name }) => name)
const { only } = values
if (only !== undefined && !names.includes(only))
  throw new RangeError(`--only is one of ${names.join(', ')}, got ${only}`)
const options = {
  runs: integer('runs', values.runs, 1),
  ...(values.seed !== undefined && { seed: integer('seed', values.seed, -(2 ** 31)) }),
  ...(values.run !== undefined && { run: integer('run', values.run, 0) }),
}

const width = Math.max(...names.map(name => name.length))
if (!values.json) console.log(`${'property'.padEnd(width)}  ${'orders'.padStart(8)}  failures  broken twin`)
for (const property of properties) {
  const { name, promise, twin } = property
  if (only !== undefined && name !== only) continue
  const { runs, failure, caughtAfter, seen } = await verify(property, options)
  const failures = failure ? 1 : 0
  if (values.json)
    console.log(
      JSON.stringify({
        verify: name,
        runs,
        failures,
        caughtAfter: caughtAfter ?? null,
        seen: Object.fromEntries(seen),
      }),
    )
  else {
    const caught = caughtAfter === undefined ? 'GOT AWAY' : `caught after ${caughtAfter}`
    console.log(
      `${name.padEnd(width)}  ${String(runs).padStart(8)}  ${String(failures).padStart(8)}  ${caught}: ${twin.does}`,
    )
    if (seen.size > 0)
      console.log(
        `${''.padEnd(width)}  saw ${[...seen].map(([what, orders]) => `${what} ${orders}×`).join(', ')}`,
      )
  }
  // A replay is of one order, in which not everything can come up.
  if (values.run === undefined && !failure && [...seen.values()].includes(0)) process.exitCode = 1
  if (failure) console.error(`${name}: ${promise}\n${failure.message}`)
  if (failure || caughtAfter === undefined) process.exitCode = 1
}
