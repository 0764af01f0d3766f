import type { Connection } from './connection.ts'
import type { HubLimits } from './options.ts'
import { Outgoing } from './outgoing.ts'
import type { ServerMessage } from './protocol/messages.ts'

/** While the platform still holds this much, the rest waits here, where it can be counted and dropped. */
const WRITE_WINDOW = 64 * 1024

/**
 * What happens when a room's frame does not fit: `disconnect` ends the connection, and the client resumes;
 * `drop-oldest` drops messages of that room, oldest first, and tells which.
 */
export type Overflow = 'disconnect' | 'drop-oldest'

/** How much one session may be owed: queued bytes and those handed over but not taken; queued frames. */
export type OutboxLimits = Pick<HubLimits, 'outboxBytes' | 'outboxFrames'>

/**
 * What one connection is owed. Bounded in bytes and in frames at every instant, and written in as few system
 * calls as the window allows: the caller pushes during a turn and flushes once at its end.
 */
export class Outbox {
  readonly #connection: Connection
  readonly #limits: OutboxLimits
  #queue: Outgoing[] = []
  #queued = 0
  #written = 0

  constructor(connection: Connection, limits: OutboxLimits) {
    this.#connection = connection
    this.#limits = limits
  }

  /** Queued frames. */
  get length(): number {
    return this.#queue.length
  }

  /** Queued bytes and those that the platform still holds. */
  get bytes(): number {
    return this.#queued + this.#connection.bufferedBytes
  }

  /** Bytes that the platform has taken so far. */
  get taken(): number {
    return this.#written - this.#connection.bufferedBytes
  }

  /** Whether so much more would fit. */
  hasRoom(frames: number, bytes: number): boolean {
    const { outboxFrames, outboxBytes } = this.#limits
    return this.length + frames <= outboxFrames && this.bytes + bytes <= outboxBytes
  }

  /** Queues a message; false, with nothing queued, where it does not fit and nothing may be dropped for it. */
  push(outgoing: Outgoing, overflow: Overflow = 'disconnect'): boolean {
    if (this.#fits(outgoing)) return this.#add(outgoing)
    const { message } = outgoing
    // Nobody is owed the word that somebody writes: it takes no message's place.
    if (message.type === 'typing') return true
    if (overflow === 'disconnect' || !('room' in message)) return false
    const { room } = message
    while (this.#dropOldest(room)) if (this.#fits(outgoing)) return this.#add(outgoing)
    return message.type === 'message' && this.#dropNewest(room, message.seq)
  }

  /**
   * Hands over what fits the write window, in one call; where the platform takes that at once, no drain follows, and
   * the next window does. The rest goes with the next drain.
   */
  flush(): void {
    while (this.#queue.length > 0) {
      const { bufferedBytes } = this.#connection
      if (bufferedBytes >= WRITE_WINDOW) return
      this.#write(bufferedBytes)
    }
  }

  #write(bufferedBytes: number): void {
    const { transport } = this.#connection
    const frames: unknown[] = []
    let bytes = 0
    for (const outgoing of this.#queue) {
      if (bufferedBytes + bytes >= WRITE_WINDOW) break
      const { frame, size } = outgoing.for(transport)
      frames.push(frame)
      bytes += size
    }
    this.#queued -= bytes
    this.#written += bytes
    if (frames.length === this.#queue.length) this.#queue.length = 0
    else this.#queue.splice(0, frames.length)
    this.#connection.write(frames)
  }

  /** Forgets what is queued. */
  clear(): void {
    this.#queue = []
    this.#queued = 0
  }

  #size(outgoing: Outgoing): number {
    return outgoing.for(this.#connection.transport).size
  }

  #add(outgoing: Outgoing): true {
    this.#queue.push(outgoing)
    this.#queued += this.#size(outgoing)
    return true
  }

  #fits(outgoing: Outgoing): boolean {
    return this.hasRoom(1, this.#size(outgoing))
  }

  /**
   * Puts a `skipped` in the place of the room's oldest queued message, or widens the one before it. It is
   * smaller than any message, so the bounds hold. False where the room has no message queued.
   */
  #dropOldest(room: string): boolean {
    const index = this.#queue.findIndex(({ message }) => message.type === 'message' && message.room === room)
    const dropped = this.#queue[index]?.message
    if (dropped?.type !== 'message') return false
    const before = this.#queue.findLastIndex(({ message }, at) => at < index && orders(message, room))
    const { seq } = dropped
    if (!this.#widen(before, seq)) this.#replace(index, { type: 'skipped', room, from: seq, to: seq })
    else this.#remove(index)
    return true
  }

  /** Says that a message which is not queued at all is missing; false where not even that fits. */
  #dropNewest(room: string, seq: number): boolean {
    const last = this.#queue.findLastIndex(({ message }) => orders(message, room))
    if (this.#widen(last, seq, this.#limits.outboxBytes - this.bytes)) return true
    const skipped = new Outgoing({ type: 'skipped', room, from: seq, to: seq })
    return this.#fits(skipped) && this.#add(skipped)
  }

  /** Lets a queued `skipped` that ends right before `seq` reach to it, where that takes no more than `most` bytes. */
  #widen(index: number, seq: number, most = Infinity): boolean {
    const message = this.#queue[index]?.message
    if (message?.type !== 'skipped' || message.to !== seq - 1) return false
    if (String(seq).length - String(message.to).length > most) return false
    this.#replace(index, { ...message, to: seq })
    return true
  }

  #replace(index: number, message: ServerMessage): void {
    const outgoing = new Outgoing(message)
    const [old] = this.#queue.splice(index, 1, outgoing)
    this.#queued += this.#size(outgoing) - (old ? this.#size(old) : 0)
  }

  #remove(index: number): void {
    const [old] = this.#queue.splice(index, 1)
    if (old) this.#queued -= this.#size(old)
  }
}

/** Whether a frame says where a room is: a `skipped` may only be widened to its neighbour. */
function orders(message: ServerMessage, room: string): boolean {
  const { type } = message
  return (
    (type === 'message' || type === 'skipped' || type === 'reset' || type === 'joined') &&
    message.room === room
  )
}
