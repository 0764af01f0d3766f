import { accessSync, constants } from 'node:fs'
import { dirname } from 'node:path'
import type * as sqlite from 'node:sqlite'
import type { DatabaseSync } from 'node:sqlite'
import { bootId } from './boot.ts'
import { explain, SqliteLogError } from './errors.ts'
import { migrate } from './schema.ts'

/** How a database is opened. */
export interface DatabaseOptions {
  readonly path: string
  readonly synchronous: 'normal' | 'full'
  readonly secret: () => string
  /** How long another process may still have the file, in milliseconds. */
  readonly busyMs: number
}

/** An open file that is a log and nobody else's. */
export interface OpenDatabase {
  readonly db: DatabaseSync
  /** The log's id. */
  readonly id: string
  /** Closes the file; what it holds is on the disk then. */
  close(): void
}

/** Pages in memory, in KiB: enough for the inner pages of a hundred million messages. */
const CACHE_KIB = 16 * 1024
/** What the log written ahead is cut back to, after a time in which it had grown. */
const WAL_BYTES = 16 * 1024 * 1024

/**
 * Opens or makes the database, and holds it alone until it is closed or the process ends, however that happens:
 * the lock is the operating system's. Throws a SqliteLogError.
 */
export function openDatabase(options: DatabaseOptions): OpenDatabase {
  const { path } = options
  const { DatabaseSync } = driver(path)
  let db: DatabaseSync | undefined
  try {
    requireWritable(path)
    db = new DatabaseSync(path)
    return prepare(db, options)
  } catch (cause) {
    db?.close()
    throw explain(path, cause)
  }
}

/** SQLite would open it for reading, and say later that its disk fails. */
function requireWritable(path: string): void {
  for (const each of [path, dirname(path)])
    try {
      accessSync(each, constants.W_OK)
    } catch (cause) {
      // A file that is not there yet will be made; a folder that is not there is for SQLite to tell.
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') continue
      throw new SqliteLogError('read-only', path, `cannot be written: ${String(cause)}`, cause)
    }
}

/** Asked for when a log is opened, so that merely importing this neither warns nor fails where there is none. */
function driver(path: string): typeof sqlite {
  const found: typeof sqlite | undefined = process.getBuiltinModule('node:sqlite')
  if (found) return found
  throw new SqliteLogError(
    'unsupported',
    path,
    `Node ${process.version} has no node:sqlite; use Node 22.13 or newer, or run this one with --experimental-sqlite`,
  )
}

function prepare(db: DatabaseSync, { path, synchronous, secret, busyMs }: DatabaseOptions): OpenDatabase {
  // Exclusive before the first access: then the index of the log written ahead is in this process's memory, and
  // no other process comes near the file. What this log remembers of its rooms is true only because of that.
  db.exec(`PRAGMA busy_timeout = ${busyMs}; PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL`)
  const mode = db.prepare('PRAGMA journal_mode = WAL').get() as { journal_mode: string }
  if (mode.journal_mode !== 'wal')
    throw new SqliteLogError('cannot-open', path, 'its disk cannot hold a log written ahead (WAL)')
  db.exec(`PRAGMA cache_size = -${CACHE_KIB}; PRAGMA journal_size_limit = ${WAL_BYTES}`)
  db.exec('BEGIN IMMEDIATE')
  migrate(db, path, () => `sqlite-${secret()}`)
  const boot = bootId()
  const facts = db.prepare('SELECT name, value FROM facts').all() as { name: string; value: string }[]
  const { id, unsynced: before } = Object.fromEntries(facts.map(({ name, value }) => [name, value]))
  if (id === undefined) throw new SqliteLogError('corrupt', path, 'has lost its id; put a backup back')
  // It was in use when the machine stopped, so the last messages may be gone, and their numbers will be given
  // out again. Only another epoch tells a client who has seen them that it has.
  if (before !== undefined && before !== boot) renewEpochs(db, secret)
  const mark = db.prepare('REPLACE INTO facts VALUES (?, ?)')
  const unmark = db.prepare('DELETE FROM facts WHERE name = ?')
  if (synchronous === 'full') unmark.run('unsynced')
  else mark.run('unsynced', boot)
  db.exec('COMMIT')
  if (synchronous === 'normal') db.exec('PRAGMA synchronous = NORMAL')
  return {
    db,
    id,
    close() {
      try {
        // One sync of the log written ahead covers all that was written before it.
        db.exec('PRAGMA synchronous = FULL')
        unmark.run('unsynced')
      } finally {
        db.close()
      }
    },
  }
}

/** Gives every room a new epoch: whoever resumes is told that counting may have begun anew. */
export function renewEpochs(db: DatabaseSync, secret: () => string): void {
  const set = db.prepare('UPDATE rooms SET epoch = ? WHERE room = ?')
  const rooms = db.prepare('SELECT room FROM rooms').all() as { room: number }[]
  for (const { room } of rooms) set.run(secret(), room)
}
