/** `@hubbub/hub/sqlite`: a message log in one file, for one process. */
export { markRestored, sqliteLog } from './sqlite-log.ts'
export { SqliteLogError, type SqliteLogErrorCode } from './errors.ts'
export type { SqliteLogOptions, SqliteRetention } from './options.ts'
export type { Clock, Scheduler } from '../../clock.ts'
export type { Appended, Draft, LoggedMessage, MessageLog, Page, Position, Range } from '../../log.ts'
