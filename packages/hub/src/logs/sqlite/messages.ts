import type { DatabaseSync } from 'node:sqlite'
import type { Appended, Draft, LoggedMessage } from '../../log.ts'
import type { Room } from './room.ts'

interface Row {
  readonly seq: number
  readonly at: number
  readonly author: string
  readonly id: string
  readonly bot: string | null
  readonly name: string
  readonly text: string
  readonly reply_to: string | null
}

const BOT = 'b'
const authorKey = ({ author }: Draft): string => (author.kind === 'bot' ? BOT : `u${author.id}`)

const toMessage = ({ seq, at, author, id, bot, name, text, reply_to }: Row): LoggedMessage => ({
  seq,
  at,
  id,
  author: bot === null ? { id: author.slice(1), name, kind: 'user' } : { id: bot, name, kind: 'bot' },
  text,
  ...(reply_to !== null && { replyTo: reply_to }),
})

const toMessages = (rows: unknown): LoggedMessage[] => (rows as Row[]).map(toMessage)

/** The messages of a database, statement by statement. None of these begins or ends a transaction. */
export class Messages {
  readonly #insert
  readonly #find
  readonly #after
  readonly #before
  readonly #at
  readonly #delete

  constructor(db: DatabaseSync) {
    const columns = 'SELECT seq, at, author, id, bot, name, text, reply_to FROM messages WHERE room = ?'
    this.#insert = db.prepare(
      'INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (room, author, id) DO NOTHING',
    )
    this.#find = db.prepare('SELECT seq, at FROM messages WHERE room = ? AND author = ? AND id = ?')
    this.#after = db.prepare(`${columns} AND seq > ? ORDER BY seq LIMIT ?`)
    this.#before = db.prepare(`${columns} AND seq >= ? AND seq < ? ORDER BY seq DESC LIMIT ?`)
    this.#at = db.prepare('SELECT at FROM messages WHERE room = ? AND seq = ?')
    this.#delete = db.prepare('DELETE FROM messages WHERE room = ? AND seq >= ? AND seq < ? AND at <= ?')
  }

  /** Puts a message behind the room's last one, unless its id is there. */
  add(room: Room, draft: Draft, now: number): Appended {
    const seq = room.seq + 1
    const at = Math.max(Math.floor(now), room.at)
    const { id, author, text, replyTo } = draft
    const key = authorKey(draft)
    const bot = key === BOT ? author.id : null
    const { changes } = this.#insert.run(room.key, seq, at, key, id, bot, author.name, text, replyTo ?? null)
    if (Number(changes) === 0) {
      const first = this.#find.get(room.key, key, id) as { seq: number; at: number }
      return { epoch: room.epoch, ...first, duplicate: true }
    }
    room.seq = seq
    room.at = at
    return { epoch: room.epoch, seq, at, duplicate: false }
  }

  /** Ascending, from above `after`. */
  after(room: Room, after: number, limit: number): LoggedMessage[] {
    return toMessages(this.#after.all(room.key, after, limit))
  }

  /** Ascending, the last ones from `from` up to below `before`. */
  before(room: Room, from: number, before: number, limit: number): LoggedMessage[] {
    return toMessages(this.#before.all(room.key, from, before, limit)).toReversed()
  }

  /** When a message came; undefined where its row is gone. */
  at(room: Room, seq: number): number | undefined {
    const row = this.#at.get(room.key, seq) as { at: number } | undefined
    return row?.at
  }

  /** Deletes from the room's floor up to below `end` what is not newer than `until`; returns how many. */
  delete(room: Room, end: number, until: number): number {
    return Number(this.#delete.run(room.key, room.floor, end, until).changes)
  }
}
