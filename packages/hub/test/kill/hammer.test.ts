import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { sqliteLog } from '@hubbub/hub/sqlite'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../logs/support/temporary.ts'

const HAMMER = fileURLToPath(new URL('hammer.ts', import.meta.url))
/** How often the process is killed; more by hand. */
const LIVES = Number(process.env['HUBBUB_KILLS'] ?? 5)

/** Everything a process said was acknowledged, until it was killed in the midst of writing. */
async function life(path: string, name: string): Promise<readonly (readonly [id: string, seq: number])[]> {
  const child = spawn(process.execPath, ['--conditions=@hubbub/source', HAMMER, path, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  // Killed at any point of a transaction: it does nothing else.
  const enough = 2_000 + Math.random() * 20_000
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
    if (said.length > enough) child.kill('SIGKILL')
  })
  await once(child, 'close')
  const lines = said.split('\n').slice(0, -1)
  return lines.map(line => line.split(' ')).map(([id = '', seq]) => [id, Number(seq)] as const)
}

it('has all that a process was told it has, after it was killed in the midst of writing', async () => {
  using folder = temporaryFolder()
  const path = folder.file('chat.db')
  const acked: (readonly [string, number])[] = []
  for (let n = 0; n < LIVES; n += 1) acked.push(...(await life(path, `${n}`)))
  const log = sqliteLog({ path })
  const { seq, messages } = await log.read('r', { limit: 1_000_000 })
  await log.close()
  expect(messages.map(message => message.seq)).toEqual(Array.from({ length: seq }, (_, i) => i + 1))
  expect(new Set(messages.map(({ id }) => id)).size).toBe(seq)
  const lost = acked.filter(([id, at]) => messages[at - 1]?.id !== id)
  expect(lost).toEqual([])
  console.log(`${LIVES} kills, ${acked.length} acknowledged, ${seq} in the log, ${lost.length} lost`)
})
