import { resolve } from 'node:path'
import { type Clock, type Scheduler, secret, systemClock, systemScheduler } from '../../clock.ts'

/** How much a log keeps. Without either it keeps everything. */
export interface SqliteRetention {
  /** The newest messages of every room. An integer from 1. */
  readonly messagesPerRoom?: number
  /** Messages not older than this, in milliseconds. */
  readonly ageMs?: number
}

/** Where a SQLite log is, and what it keeps. */
export interface SqliteLogOptions {
  /** The database's file; made where there is none. Beside it SQLite keeps `<path>-wal` while the log is open. */
  readonly path: string
  /** What is shown. A message that it lets go is not shown from that moment. @default everything is kept */
  readonly retention?: SqliteRetention
  /** How long a message's id is known at least, in milliseconds. @default 10 minutes */
  readonly dedupeMs?: number
  /**
   * What an acknowledged message survives. `normal`: the end of the process at any instant (`kill -9`); a power
   * cut may take the last of them, and rooms then begin a new epoch, so that clients are told. `full`: a power
   * cut as well, for one `fsync` per turn of the event loop that appends. @default 'normal'
   */
  readonly synchronous?: 'normal' | 'full'
  /** @default the machine's clock */
  readonly clock?: Clock
  /** When the appends of a turn are written. @default after the turn */
  readonly scheduler?: Scheduler
  /** Makes the log's id and the rooms' epochs; must not repeat. @default 128 random bits */
  readonly secret?: () => string
}

/** The options after defaults. */
export interface ResolvedSqliteLogOptions extends Required<Omit<SqliteLogOptions, 'retention'>> {
  readonly retention: { readonly messagesPerRoom: number; readonly ageMs: number }
}

/** Fills in the defaults. Throws a TypeError or RangeError that names the option. */
export function resolveOptions(options: SqliteLogOptions): ResolvedSqliteLogOptions {
  const { path, retention = {}, dedupeMs = 600_000, synchronous = 'normal' } = options
  const { messagesPerRoom = Infinity, ageMs = Infinity } = retention
  if (typeof path !== 'string' || path === '' || path === ':memory:')
    throw new TypeError(`path must name a file, got ${JSON.stringify(path)}; memoryLog() needs none`)
  if (messagesPerRoom !== Infinity && !(Number.isSafeInteger(messagesPerRoom) && messagesPerRoom >= 1))
    throw new RangeError(`retention.messagesPerRoom must be an integer from 1, got ${messagesPerRoom}`)
  if (!(ageMs > 0)) throw new RangeError(`retention.ageMs must be a number above 0, got ${ageMs}`)
  if (!(dedupeMs >= 0)) throw new RangeError(`dedupeMs must be a number from 0, got ${dedupeMs}`)
  if (synchronous !== 'normal' && synchronous !== 'full')
    throw new TypeError(`synchronous must be 'normal' or 'full', got ${JSON.stringify(synchronous)}`)
  return {
    // Absolute, so that errors name the file, and so that a name like `file:x` is a name and not a URI.
    path: resolve(path),
    retention: { messagesPerRoom, ageMs },
    dedupeMs,
    synchronous,
    clock: options.clock ?? systemClock,
    scheduler: options.scheduler ?? systemScheduler,
    secret: options.secret ?? secret,
  }
}
