import { existsSync } from 'node:fs'
import type { Appended, Draft, Page, Position, Range } from '../../log.ts'
import { type DatabaseOptions, type OpenDatabase, openDatabase } from './database.ts'
import { explain, SqliteLogError } from './errors.ts'
import { Messages } from './messages.ts'
import { Retention, type RetentionOptions } from './retention.ts'
import { Rooms } from './room.ts'

/** What a store needs. */
export interface StoreOptions extends Omit<DatabaseOptions, 'busyMs'> {
  readonly retention: Omit<RetentionOptions, 'dedupeMs'>
  readonly dedupeMs: number
}

/** How the file is opened; a test may stand between. */
export type Open = (options: DatabaseOptions) => OpenDatabase

/** How long a log waits for a process that is about to end, and still has the file. */
const BUSY_MS = 1_000
/** Failures that end by themselves, without the file being opened anew. */
const PASSING: ReadonlySet<string> = new Set(['full', 'in-use', 'not-storable'])

/** One open database, and the log's acts on it. Everything happens at once or throws a SqliteLogError. */
export class Store {
  readonly id: string
  readonly #path: string
  readonly #open: OpenDatabase
  readonly #rooms: Rooms
  readonly #messages: Messages
  readonly #retention: Retention
  readonly #begin
  readonly #commit
  readonly #rollback
  #broken = false

  /** With `id`, only the log of that id will do: this one was open before. */
  constructor(options: StoreOptions, id?: string, open: Open = openDatabase) {
    const { path, secret, retention, dedupeMs } = options
    if (id !== undefined && !existsSync(path)) throw new SqliteLogError('cannot-open', path, 'is gone')
    this.#path = path
    // A process that has just been killed may need a moment; once this one runs, it does not stand still for another.
    this.#open = open({ ...options, busyMs: id === undefined ? BUSY_MS : 0 })
    const { db } = this.#open
    try {
      if (id !== undefined && id !== this.#open.id)
        throw new SqliteLogError('not-a-log', path, 'is another log now; start the server anew to use it')
      this.id = this.#open.id
      this.#rooms = new Rooms(db, secret)
      this.#messages = new Messages(db)
      this.#retention = new Retention({ ...retention, dedupeMs }, this.#rooms, this.#messages)
      this.#begin = db.prepare('BEGIN IMMEDIATE')
      this.#commit = db.prepare('COMMIT')
      this.#rollback = db.prepare('ROLLBACK')
    } catch (cause) {
      db.close()
      throw explain(path, cause)
    }
  }

  /** Whether a failure has left this connection of no use: the file has to be opened anew. */
  get broken(): boolean {
    return this.#broken
  }

  /** Appends what several calls brought, in order, all or nothing. */
  append(calls: readonly { room: string; drafts: readonly Draft[] }[], now: number): Appended[][] {
    return this.#transaction(() => {
      const touched = new Set<ReturnType<Rooms['get']>>()
      const answers = calls.map(({ room: name, drafts }) => {
        const room = this.#rooms.get(name)
        touched.add(room)
        return drafts.map(draft => this.#messages.add(room, draft, now))
      })
      for (const room of touched) this.#rooms.save(room)
      return answers
    })
  }

  read(name: string, range: Range, now: number): Page {
    return this.#guard(() => {
      const room = this.#rooms.get(name)
      const oldest = this.#retention.oldest(room, now)
      const { epoch, seq } = room
      const limit = Math.min(Math.max(0, range.limit), Number.MAX_SAFE_INTEGER)
      const messages =
        'after' in range
          ? this.#messages.after(room, Math.max(range.after, oldest - 1), limit)
          : this.#messages.before(room, oldest, Math.min(range.before ?? Infinity, seq + 1), limit)
      return { epoch, seq, oldest, messages }
    })
  }

  positions(names: readonly string[]): Position[] {
    // One transaction, because a room that nobody has asked for before is written down.
    return this.#transaction(() =>
      names.map(name => {
        const { epoch, seq } = this.#rooms.get(name)
        return { epoch, seq }
      }),
    )
  }

  /** Deletes a little of what retention has let go; returns whether that was all. */
  sweep(now: number): boolean {
    return this.#transaction(() => this.#retention.sweep(now))
  }

  close(): void {
    this.#open.close()
  }

  #transaction<T>(work: () => T): T {
    return this.#guard(() => {
      this.#begin.run()
      const result = work()
      this.#commit.run()
      return result
    })
  }

  #guard<T>(work: () => T): T {
    try {
      return work()
    } catch (cause) {
      const error = explain(this.#path, cause)
      this.#broken ||= !PASSING.has(error.code)
      this.#rooms.forget()
      try {
        this.#rollback.run()
      } catch {
        // SQLite has rolled back already, as it does where the disk fails, or nothing had begun.
      }
      throw error
    }
  }
}
