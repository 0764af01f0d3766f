import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DeepLogResult } from './deep-log-process.ts'
import { PinnedProcess } from './pinned-process.ts'

const MESSAGES = 1_000_000
const JOINS = 1_000

let file: string | undefined

/** A file that all rounds use, because filling it takes longer than all else; it goes with this process. */
function sharedFile(): string {
  if (file !== undefined) return file
  const folder = mkdtempSync(join(tmpdir(), 'hubbub-deep-log-'))
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true })
  })
  file = join(folder, 'chat.db')
  return file
}

/** What joining a room costs where its log is deep, and where it is not. */
export async function measureDeepLog(flags: readonly string[]): Promise<DeepLogResult> {
  const child = new PinnedProcess(
    0,
    'deep-log-process.ts',
    [sharedFile(), String(MESSAGES), String(JOINS)],
    flags,
  )
  try {
    return (await child.answer()) as DeepLogResult
  } finally {
    await child.stop()
  }
}
