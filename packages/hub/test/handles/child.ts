/**
 * Runs one case, says on descriptor 3 what keeps this process alive that did not before, and is over then: there is
 * no `process.exit`. `child.ts CASE FOLDER`.
 */
import { writeSync } from 'node:fs'
import { cases, twins } from './cases.ts'
import type { Report } from './run.ts'

/** The system takes a socket that was closed back in the next turn; whoever waited for that comes one later. */
const TURNS = 5

const [, , name = '', folder = ''] = process.argv
const run = cases[name] ?? twins[name]
if (!run) throw new Error(`there is no case ${name}`)
// They are this process's whatever it does, and are opened when they are first looked at.
if (!process.stdin.readable || !process.stdout.writable)
  throw new Error('standard input and output are wanted')
const before = process.getActiveResourcesInfo()
await run(folder)
let left = more()
let turns = 0
for (; turns < TURNS && left.length > 0; turns += 1) {
  await new Promise(resolve => {
    setImmediate(resolve)
  })
  left = more()
}
writeSync(3, JSON.stringify({ left, turns } satisfies Report))

/** What there is more of than before. */
function more(): string[] {
  const resources = process.getActiveResourcesInfo()
  for (const each of before) {
    const index = resources.indexOf(each)
    if (index >= 0) resources.splice(index, 1)
  }
  return resources
}
