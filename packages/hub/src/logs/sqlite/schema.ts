import type { DatabaseSync } from 'node:sqlite'
import { SqliteLogError } from './errors.ts'

/** The version of the tables below, in `user_version`. */
const SCHEMA = 1
/** Marks the file as ours, in `application_id`: 'HubL'. */
const APPLICATION = 0x48_75_62_4c

/**
 * A message is found by its place (the table is its own index, so that the last page of a long room is as near as
 * that of a short one) and by its id. `author` is 'u' and the user's id, or 'b': to dedupe, all bots are one.
 * A room's `floor` is the lowest seq whose row is still there; what retention hides may lie above it for a while.
 */
const TABLES = `
  CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE rooms (
    room INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL,
    seq INTEGER NOT NULL, at INTEGER NOT NULL, floor INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE messages (
    room INTEGER NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, author TEXT NOT NULL, id TEXT NOT NULL,
    bot TEXT, name TEXT NOT NULL, text TEXT NOT NULL, reply_to TEXT,
    PRIMARY KEY (room, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX messages_by_id ON messages (room, author, id);
`

const number = (db: DatabaseSync, sql: string): number =>
  Number(Object.values(db.prepare(sql).get() ?? {})[0])

/**
 * Makes the tables in a new file. Throws a SqliteLogError where the file is another program's or a newer
 * version's. Call it within a transaction: a process that is killed meanwhile leaves an empty database.
 */
export function migrate(db: DatabaseSync, path: string, newId: () => string): void {
  const application = number(db, 'PRAGMA application_id')
  const version = number(db, 'PRAGMA user_version')
  const tables = number(db, 'SELECT count(*) FROM sqlite_schema')
  if (application === 0 && version === 0 && tables === 0) {
    db.exec(`${TABLES} PRAGMA application_id = ${APPLICATION}; PRAGMA user_version = ${SCHEMA}`)
    db.prepare(`INSERT INTO facts VALUES ('id', ?)`).run(newId())
  } else if (application !== APPLICATION)
    throw new SqliteLogError('not-a-log', path, 'is a database of something else; it was left as it is')
  else if (version > SCHEMA)
    throw new SqliteLogError(
      'too-new',
      path,
      `was written by a newer version (schema ${version}, this one knows ${SCHEMA}); update @hubbub/hub`,
    )
}
