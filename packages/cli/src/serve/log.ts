/** Where a server keeps its messages: in memory, or in a file. */
import type { MessageLog } from '@hubbub/hub'
import { InvalidArgumentError } from 'commander'
import { CliError, Exit } from '../exit.ts'
import { sanitizeLine } from '../terminal/sanitize.ts'

/** What `--log` says. */
export type LogChoice = { readonly kind: 'memory' } | { readonly kind: 'sqlite'; readonly path: string }

/** `memory`, or `sqlite:` and a file. */
export function readLog(text: string): LogChoice {
  if (text === 'memory') return { kind: 'memory' }
  const [, path] = /^sqlite:(.+)$/.exec(text) ?? []
  if (path !== undefined) return { kind: 'sqlite', path }
  throw new InvalidArgumentError('A log is memory, or sqlite: and a file: sqlite:chat.db.')
}

/** Opens the log; undefined where the hub's own, in memory, serves. Throws a CliError that names the file. */
export async function openLog(choice: LogChoice): Promise<MessageLog | undefined> {
  if (choice.kind === 'memory') return undefined
  const { sqliteLog, SqliteLogError } = await import('@hubbub/hub/sqlite')
  try {
    return sqliteLog({ path: choice.path })
  } catch (error) {
    if (error instanceof SqliteLogError)
      throw new CliError(Exit.error, sanitizeLine(error.message), { cause: error })
    throw error
  }
}
