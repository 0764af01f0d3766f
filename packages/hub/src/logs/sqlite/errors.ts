/** What can be wrong with a log's file or its disk. */
export type SqliteLogErrorCode =
  /** This Node has no `node:sqlite`. */
  | 'unsupported'
  /** Another log, in this process or another, has the file. */
  | 'in-use'
  /** The file cannot be opened: no such folder, no permission. */
  | 'cannot-open'
  /** The file is no SQLite database, or one that something else made. */
  | 'not-a-log'
  /** A newer version of this package wrote the file. */
  | 'too-new'
  | 'full'
  | 'read-only'
  | 'corrupt'
  /** A draft has a field that no log can keep, for example one that is no string. */
  | 'not-storable'
  /** Any other failure of the disk or of SQLite. */
  | 'failed'
  | 'closed'

/** A log that cannot be opened, or a disk that does not do what it should. The message names the file. */
export class SqliteLogError extends Error {
  override readonly name = 'SqliteLogError'
  readonly code: SqliteLogErrorCode
  /** The file, as an absolute path. */
  readonly path: string

  constructor(code: SqliteLogErrorCode, path: string, what: string, cause?: unknown) {
    super(`message log ${path}: ${what}`, cause === undefined ? undefined : { cause })
    this.code = code
    this.path = path
  }
}

/** SQLite's primary result codes: https://sqlite.org/rescode.html */
const KNOWN: Readonly<Record<number, readonly [SqliteLogErrorCode, string]>> = {
  5: ['in-use', 'is in use; a SQLite log serves one process at a time'],
  6: ['in-use', 'is in use; a SQLite log serves one process at a time'],
  8: ['read-only', 'cannot be written: the file, its folder or its disk is read-only'],
  11: ['corrupt', 'is damaged; put a backup back, or let `sqlite3 FILE .recover` save what can be read'],
  13: ['full', 'cannot grow: the disk is full'],
  14: ['cannot-open', 'cannot be opened; its folder must exist, and both must be writable'],
  18: ['not-storable', 'cannot keep a text of more than 1 GB'],
  26: ['not-a-log', 'is not a SQLite database; it was left as it is'],
}

/** What SQLite threw, in the words of an operator. An error of this kind stays as it is. */
export function explain(path: string, cause: unknown): SqliteLogError {
  if (cause instanceof SqliteLogError) return cause
  const said = cause instanceof Error ? cause.message : String(cause)
  // Without a result code it was not SQLite that threw: a value was refused before it came there.
  if (!(cause instanceof Error && 'errcode' in cause && typeof cause.errcode === 'number'))
    return new SqliteLogError('not-storable', path, `cannot keep this: ${said}`, cause)
  const [code, what] = KNOWN[cause.errcode & 0xff] ?? ['failed', undefined]
  return new SqliteLogError(code, path, what ?? `failed: ${said}`, cause)
}
