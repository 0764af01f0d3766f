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
  /** Memory of all rooms together, estimated; the rooms unused for longest go first. @default 64 MiB */
  readonly bytes?: number
  /** How long a message's id is known at least, in milliseconds. @default 10 minutes */
  readonly dedupeMs?: number
}

/** What an entry costs besides its texts: object headers, map slots, numbers. An estimate on the safe side. */
const MESSAGE_OVERHEAD = 320
const ROOM_OVERHEAD = 512

interface Kept {
  readonly seq: number
  readonly at: number
  readonly bytes: number
}

interface Room {
  readonly epoch: string
  seq: number
  lastAt: number
  /** Ascending; the newest `messagesPerRoom`. */
  messages: LoggedMessage[]
  /** Every id that must be recognized, oldest first. Outlives its message until `dedupeMs` have passed. */
  readonly seen: Map<string, Kept>
  bytes: number
  used: number
}

/** Ids and author ids may hold any character: without the length, two pairs could make one key. */
const keyOf = ({ id, author }: Draft): string =>
  author.kind === 'bot' ? `bot ${id}` : `user ${author.id.length} ${author.id} ${id}`

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

  /** Lets the rooms go that were unused for longest, down to nine tenths so that it is not done each time. */
  const evict = (keep: string): void => {
    // A room in which nobody has written is worth less than any message: joins alone push no history out.
    const oldest = [...rooms].toSorted(
      ([, a], [, b]) => Math.min(a.seq, 1) - Math.min(b.seq, 1) || a.used - b.used,
    )
    for (const [name, room] of oldest) {
      if (bytes <= maxBytes * 0.9) return
      if (name === keep) continue
      rooms.delete(name)
      bytes -= room.bytes
    }
    // One room alone is over the limit: memory is bounded first, ids of messages that are gone are known second.
    const room = rooms.get(keep)
    for (const [key, kept] of room?.seen ?? []) {
      if (!room || bytes <= maxBytes * 0.9 || kept.seq > room.seq - messagesPerRoom) return
      room.seen.delete(key)
      grow(room, -kept.bytes)
    }
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
    if (bytes > maxBytes) evict(name)
    return room
  }

  const trim = (room: Room): void => {
    // Twice the number before it is cut, so that the cost of cutting is spread over as many appends.
    if (room.messages.length >= 2 * messagesPerRoom) room.messages = room.messages.slice(-messagesPerRoom)
    const oldest = room.seq - messagesPerRoom + 1
    const forget = clock.now() - dedupeMs
    for (const [key, kept] of room.seen) {
      if (kept.seq >= oldest || kept.at > forget) return
      room.seen.delete(key)
      grow(room, -kept.bytes)
    }
  }

  const add = (name: string, room: Room, draft: Draft): Appended => {
    const key = keyOf(draft)
    const before = room.seen.get(key)
    if (before) return { epoch: room.epoch, seq: before.seq, at: before.at, duplicate: true }
    const seq = room.seq + 1
    const at = Math.max(clock.now(), room.lastAt)
    const size = MESSAGE_OVERHEAD + 2 * (draft.text.length + 2 * key.length + draft.author.name.length)
    room.seq = seq
    room.lastAt = at
    room.messages.push({ ...draft, seq, at })
    room.seen.set(key, { seq, at, bytes: size })
    grow(room, size)
    if (bytes > maxBytes) evict(name)
    trim(room)
    return { epoch: room.epoch, seq, at, duplicate: false }
  }

  const read = (name: string, range: Range): Page => {
    const room = open(name)
    const { epoch, seq, messages } = room
    const kept = Math.min(messages.length, messagesPerRoom)
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
      return drafts.map(draft => add(name, room, draft))
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
