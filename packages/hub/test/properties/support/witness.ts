import type { ServerMessage, ServerMessageOf } from '../../../src/protocol/messages.ts'

/** What only those who have joined a room are given of it. */
const LIVE: ReadonlySet<string> = new Set(['message', 'reset', 'skipped', 'presence', 'typing'])

/**
 * What one person saw of a room, over any number of connections. Throws at the first hole that nobody named, at a
 * repetition, and at anything of the room before its `joined`.
 */
export class Witness {
  /** Ids of the messages seen, in order. */
  readonly seen: string[] = []
  /** Where the person is; undefined before the first `joined`. */
  last: { epoch: string; seq: number } | undefined
  /** Holes that were named: `skipped`, `reset`, and joins that could not give back everything. */
  holes = 0
  readonly #room: string
  /** By seq, of this epoch. */
  readonly #ids = new Map<number, string>()
  readonly #shown = new Set<string>()
  #read = 0
  #joined = false

  constructor(room = 'general') {
    this.#room = room
  }

  /** Looks at what has come since the last look. */
  look({ frames }: { readonly frames: readonly ServerMessage[] }): void {
    for (; this.#read < frames.length; this.#read += 1) {
      const frame = frames[this.#read]
      if (frame && 'room' in frame && frame.room === this.#room) this.#take(frame)
    }
  }

  /** From here on the person reads from another connection. */
  reconnected(): void {
    this.#read = 0
    this.#joined = false
  }

  #take(frame: ServerMessage): void {
    if (frame.type === 'joined') this.#join(frame)
    else if (frame.type === 'left') this.#joined = false
    else if (LIVE.has(frame.type) && !this.#joined) throw new Error(`${frame.type} came before joined`)
    if (frame.type === 'message') this.#next(frame.seq, frame.id)
    else if (frame.type === 'reset') this.#jump(frame.epoch, frame.seq)
    else if (frame.type === 'skipped') {
      if (frame.from !== (this.last?.seq ?? 0) + 1 || frame.to < frame.from)
        throw new Error(`skipped ${frame.from}–${frame.to} came at ${this.last?.seq}`)
      this.#jump(this.last?.epoch ?? '', frame.to)
    }
  }

  /** A `joined` may show again what was seen before it, but only the same; it never goes back. */
  #join({ epoch, seq, messages, recovered }: ServerMessageOf<'joined'>): void {
    this.#joined = true
    const from = seq - messages.length
    const { last } = this
    if (last?.epoch === epoch && seq < last.seq) throw new Error(`joined at ${seq} after ${last.seq}`)
    if (last && (last.epoch !== epoch || from > last.seq)) {
      if (recovered) throw new Error(`${last.seq} is said to be recovered by what is behind ${from}`)
      this.#jump(epoch, from)
    }
    this.last ??= { epoch, seq: from }
    for (const [index, message] of messages.entries()) {
      if (message.seq !== from + index + 1)
        throw new Error(`joined has ${message.seq} behind ${from + index}`)
      if (message.seq > this.last.seq) this.#next(message.seq, message.id)
      else if ((this.#ids.get(message.seq) ?? message.id) !== message.id)
        throw new Error(`${message.seq} was ${this.#ids.get(message.seq)} and is ${message.id}`)
    }
  }

  #jump(epoch: string, seq: number): void {
    this.holes += 1
    if (epoch !== this.last?.epoch) {
      this.#ids.clear()
      this.#shown.clear()
    } else if (seq < this.last.seq) throw new Error(`from ${this.last.seq} it goes back to ${seq}`)
    this.last = { epoch, seq }
  }

  #next(seq: number, id: string): void {
    if (seq !== (this.last?.seq ?? 0) + 1) throw new Error(`${seq} came after ${this.last?.seq}`)
    if (this.#shown.has(id)) throw new Error(`${id} was shown twice`)
    this.#shown.add(id)
    this.#ids.set(seq, id)
    this.last = { epoch: this.last?.epoch ?? '', seq }
    this.seen.push(id)
  }
}
