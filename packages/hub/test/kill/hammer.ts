/** Appends to the log FILE without rest, and says what was acknowledged: `hammer.ts FILE PREFIX`. */
import { writeSync } from 'node:fs'
import { sqliteLog } from '@hubbub/hub/sqlite'

const [path = '', prefix = ''] = process.argv.slice(2)
const log = sqliteLog({ path })
const author = { id: 'u', name: 'U', kind: 'user' } as const
for (let n = 0; ; n += 1) {
  const calls = Array.from({ length: 10 }, async (_, i) => {
    const id = `${prefix}-${n}-${i}`
    const [appended] = await log.append('r', [{ id, author, text: id.padEnd(i * 300, 'x') }])
    // At once into the pipe: what is said survives this process, as an ack in a socket would.
    writeSync(1, `${id} ${appended?.seq ?? 0}\n`)
  })
  await Promise.all(calls)
}
