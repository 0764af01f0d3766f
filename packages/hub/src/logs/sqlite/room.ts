import type { DatabaseSync } from 'node:sqlite'

/** What a log knows of a room without looking. */
export interface Room {
  readonly key: number
  readonly name: string
  readonly epoch: string
  seq: number
  /** Of the newest message; 0 where there was none. */
  at: number
  /** The lowest seq whose row is there. */
  floor: number
  /** The lowest seq that is shown; never falls, although the wall clock may. */
  oldest: number
}

/** Rooms that are known without looking; beyond it those unused for longest are looked up again. */
const KNOWN = 10_000

interface Row {
  readonly room: number
  readonly name: string
  readonly epoch: string
  readonly seq: number
  readonly at: number
  readonly floor: number
}

const toRoom = ({ room: key, ...rest }: Row): Room => ({ key, ...rest, oldest: rest.floor })

/** The rooms of a database. Knows those in use by heart, which is safe because nobody else may write. */
export class Rooms {
  readonly #known = new Map<string, Room>()
  readonly #secret
  readonly #select
  readonly #insert
  readonly #update
  readonly #behind

  constructor(db: DatabaseSync, secret: () => string) {
    this.#secret = secret
    this.#select = db.prepare('SELECT * FROM rooms WHERE name = ?')
    this.#insert = db.prepare('INSERT INTO rooms VALUES (NULL, ?, ?, 0, 0, 1)')
    this.#update = db.prepare('UPDATE rooms SET seq = ?, at = ?, floor = ? WHERE room = ?')
    this.#behind = db.prepare('SELECT * FROM rooms WHERE room > ? ORDER BY room LIMIT ?')
  }

  /** The room of that name; its epoch is settled, and written down, when it is first asked for. */
  get(name: string): Room {
    const known = this.#known.get(name)
    if (known) {
      // The newest use last: the first of the map is the one unused for longest.
      this.#known.delete(name)
      this.#known.set(name, known)
      return known
    }
    const row = this.#select.get(name) as unknown as Row | undefined
    const room = row ? toRoom(row) : this.#make(name)
    this.#known.set(name, room)
    if (this.#known.size > KNOWN) for (const [first] of this.#known) if (this.#known.delete(first)) break
    return room
  }

  #make(name: string): Room {
    const epoch = this.#secret()
    // Not with `get` and RETURNING: where the disk is full, `get` does not tell that its commit has failed.
    const key = Number(this.#insert.run(name, epoch).lastInsertRowid)
    return { key, name, epoch, seq: 0, at: 0, floor: 1, oldest: 1 }
  }

  /** The next rooms behind a key, by key; known ones as they are known. */
  behind(key: number, limit: number): readonly Room[] {
    const rows = this.#behind.all(key, limit) as unknown as Row[]
    return rows.map(row => this.#known.get(row.name) ?? toRoom(row))
  }

  save({ key, seq, at, floor }: Room): void {
    const { changes } = this.#update.run(seq, at, floor, key)
    // Messages of a room that is not written down would be lost with the next restart.
    if (Number(changes) !== 1) throw new Error('the room is not in the database')
  }

  /** After a rollback nothing that is known can be trusted. */
  forget(): void {
    this.#known.clear()
  }
}
