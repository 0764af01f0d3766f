import { resolve } from 'node:path'
import { secret } from '../../clock.ts'
import type { MessageLog } from '../../log.ts'
import { openDatabase, renewEpochs } from './database.ts'
import { SqliteLog } from './log.ts'
import { resolveOptions, type SqliteLogOptions } from './options.ts'

/**
 * Opens a message log in a SQLite file, or makes one: history outlives the process, and what was acknowledged
 * survives `kill -9` at any instant. One process has the file at a time; it lets go when it ends, however it ends.
 *
 * It is Node's own SQLite, so nothing needs installing, but 22.12 needs the flag `--experimental-sqlite`, and up to
 * early versions of 24 Node prints an ExperimentalWarning when a log is opened. Reads and writes happen in the
 * calling thread, the appends of one turn of the event loop in one transaction.
 *
 * With the default `synchronous: 'normal'` a power cut may take the last messages. The next start sees that the
 * machine stopped while the log was open, and gives the rooms new epochs, so that no client goes on as if nothing
 * had happened.
 *
 * Back it up while it is closed, or by a snapshot of the disk that takes the file and its `-wal` at one instant. Put
 * a backup back without a `-wal` that is not its own, and call `markRestored(path)` before the log is opened.
 *
 * Throws a SqliteLogError that names the file where it cannot be used, a TypeError or RangeError that names an
 * option that is out of range. Later errors of the disk reject what they concern, and end when the disk is back.
 *
 * @example
 * const log = sqliteLog({ path: 'chat.db', retention: { messagesPerRoom: 100_000 } })
 * const hub = createHub({ log })
 * // and in the end, because who opens closes:
 * await hub.close()
 * await log.close()
 */
export function sqliteLog(options: SqliteLogOptions): MessageLog {
  return new SqliteLog(resolveOptions(options))
}

/**
 * Says that a file is a backup that was put back: every room gets a new epoch, so that a client which has seen
 * later messages is told that counting began anew. Throws a SqliteLogError, for one where the log is open.
 */
export function markRestored(path: string): void {
  const file = openDatabase({ path: resolve(path), synchronous: 'full', secret, busyMs: 0 })
  try {
    renewEpochs(file.db, secret)
  } finally {
    file.close()
  }
}
