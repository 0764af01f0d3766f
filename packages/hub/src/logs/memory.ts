/** History ends with the process: this log keeps the last messages of every room in memory. */
import type { Clock } from '../clock.ts'
import type { Appended, Draft, LoggedMessage, MessageLog, Page, Position, Range } from '../log.ts'

/** What a memory log may hold. */
export interface MemoryLogOptions {
  readonly clock: Clock
  /** Makes the log's id and the rooms' epochs; must not repeat. */
  readonly secret: () => string
  /** Messages kept per room. @default 1,000 */
  readonly messagesPerRoom?: number
  /**
   * Memory of all rooms together, estimated. Where it runs out, the room in use no longer knows the ids of messages
   * that are gone; then the rooms unused for longest go, and at last its own oldest messages. @default 64 MiB
   */
  readonly bytes?: number
  /** How long a message's id is known at least, in milliseconds. @default 10 minutes */
  readonly dedupeMs?: number
}

/** What each costs besides its texts: object headers, map slots, numbers. Estimates on the safe side. */
const MESSAGE_OVERHEAD = 192
const ID_OVERHEAD = 192
const ROOM_OVERHEAD = 512

interface Place {
  readonly seq: number
  readonly at: number
}

interface Room {
  readonly epoch: string
  seq: number
  lastAt: number
  /** Ascending; the newest `messagesPerRoom`, and for a while some before them. */
  messages: LoggedMessage[]
  /** Every id that must be recognized, oldest first. Outlives its message until `dedupeMs` have passed. */
  readonly seen: Map<string, Place>
  bytes: number
  used: number
}

/** Ids and author ids may hold any character: without the length, two pairs could make one key. */
const keyOf = ({ id, author }: Draft): string =>
  author.kind === 'bot' ? `bot ${id}` : `user ${author.id.length} ${author.id} ${id}`

const idSize = (key: string): number => ID_OVERHEAD + 2 * key.length

const messageSize = ({ id, author, text, replyTo = '' }: Draft): number =>
  MESSAGE_OVERHEAD + 2 * (id.length + author.id.length + author.name.length + text.length + replyTo.length)

/** Makes an empty log; its id is random, because nothing of it outlives the process. */
export function memoryLog(options: MemoryLogOptions): MessageLog {
  const { clock, secret, messagesPerRoom = 1_000, bytes: maxBytes = 64 * 1024 * 1024 } = options
  const dedupeMs = options.dedupeMs ?? 600_000
  const rooms = new Map<string, Room>()
  let bytes = 0
  let uses = 0

  const grow = (room: Room, by: number): void => {
    room.bytes += by
    bytes += by
  }

  const keptIn = (room: Room): number => Math.min(room.messages.length, messagesPerRoom)

  /** Forgets ids whose messages are gone, oldest first, as long as `may` says. */
  const forgetIds = (room: Room, may: (place: Place) => boolean): void => {
    const oldest = room.seq - keptIn(room) + 1
    for (const [key, place] of room.seen) {
      if (place.seq >= oldest || !may(place)) return
      room.seen.delete(key)
      grow(room, -idSize(key))
    }
  }

  const cut = (room: Room, count: number): void => {
    for (const message of room.messages.slice(0, count)) grow(room, -messageSize(message))
    room.messages = room.messages.slice(count)
  }

  /**
   * Makes room for the room in use, down to nine tenths so that it is not done each time: its own ids of messages
   * that are gone are worth least, then come the rooms unused for longest, then its own oldest messages.
   */
  const evict = (hot: Room): void => {
    const enough = maxBytes * 0.9
    const isFull = (): boolean => bytes > enough
    forgetIds(hot, isFull)
    // A room in which nobody has written is worth less than any message: joins alone push no history out.
    const oldest = isFull()
      ? [...rooms].toSorted(([, a], [, b]) => Math.min(a.seq, 1) - Math.min(b.seq, 1) || a.used - b.used)
      : []
    for (const [name, room] of oldest) {
      if (!isFull()) return
      if (room === hot) continue
      rooms.delete(name)
      bytes -= room.bytes
    }
    let count = 0
    for (let left = bytes; left > enough && count < hot.messages.length - 1; count += 1) {
      const message = hot.messages[count]
      if (message) left -= messageSize(message)
    }
    cut(hot, count)
    forgetIds(hot, isFull)
  }

  const open = (name: string): Room => {
    let room = rooms.get(name)
    if (!room) {
      room = { epoch: secret(), seq: 0, lastAt: 0, messages: [], seen: new Map(), bytes: 0, used: 0 }
      rooms.set(name, room)
      grow(room, ROOM_OVERHEAD)
    }
    uses += 1
    room.used = uses
    if (bytes > maxBytes) evict(room)
    return room
  }

  const trim = (room: Room): void => {
    // Twice the number before it is cut, so that the cost of cutting is spread over as many appends.
    if (room.messages.length >= 2 * messagesPerRoom) cut(room, room.messages.length - messagesPerRoom)
    const forget = clock.now() - dedupeMs
    forgetIds(room, ({ at }) => at <= forget)
  }

  const add = (room: Room, draft: Draft): Appended => {
    const key = keyOf(draft)
    const before = room.seen.get(key)
    if (before) return { epoch: room.epoch, seq: before.seq, at: before.at, duplicate: true }
    const seq = room.seq + 1
    const at = Math.max(clock.now(), room.lastAt)
    const message = { ...draft, seq, at }
    room.seq = seq
    room.lastAt = at
    room.messages.push(message)
    room.seen.set(key, { seq, at })
    grow(room, messageSize(message) + idSize(key))
    if (bytes > maxBytes) evict(room)
    trim(room)
    return { epoch: room.epoch, seq, at, duplicate: false }
  }

  const read = (name: string, range: Range): Page => {
    const room = open(name)
    const { epoch, seq, messages } = room
    const kept = keptIn(room)
    const oldest = seq - kept + 1
    const first = messages.length - kept
    let from: number
    let to: number
    if ('after' in range) {
      from = first + Math.max(0, range.after + 1 - oldest)
      to = from + range.limit
    } else {
      to = first + Math.max(0, Math.min(kept, (range.before ?? Infinity) - oldest))
      from = Math.max(first, to - range.limit)
    }
    return { epoch, seq, oldest, messages: messages.slice(from, to) }
  }

  return {
    id: `memory-${secret()}`,
    shared: false,
    durable: false,
    append: (name, drafts) => {
      const room = open(name)
      return drafts.map(draft => add(room, draft))
    },
    read,
    positions: names =>
      names.map((name): Position => {
        const { epoch, seq } = open(name)
        return { epoch, seq }
      }),
    close() {
      rooms.clear()
      bytes = 0
    },
  }
}
