import type { Peer } from '../../support/peer.ts'

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
  #read = 0
  #joined = false

  /** Looks at what has come since the last look. */
  look(peer: Peer): void {
    for (const frame of peer.frames.slice(this.#read)) {
      this.#read += 1
      if (frame.type === 'joined') {
        this.#joined = true
        if (this.last && !frame.recovered) this.#jump(frame.epoch, frame.seq - frame.messages.length)
        this.last ??= { epoch: frame.epoch, seq: frame.seq - frame.messages.length }
        for (const { seq, id } of frame.messages) this.#next(seq, id)
        if (this.last.seq !== frame.seq) throw new Error(`joined at ${frame.seq} and given ${this.last.seq}`)
      } else if (frame.type === 'left') this.#joined = false
      else if (frame.type === 'message') this.#next(frame.seq, frame.id)
      else if (frame.type === 'reset') this.#jump(frame.epoch, frame.seq)
      else if (frame.type === 'skipped') {
        if (frame.from !== (this.last?.seq ?? 0) + 1 || frame.to < frame.from)
          throw new Error(`skipped ${frame.from}–${frame.to} came at ${this.last?.seq}`)
        this.#jump(this.last?.epoch ?? '', frame.to)
      }
    }
  }

  /** From here on the person reads from another connection. */
  reconnected(): void {
    this.#read = 0
    this.#joined = false
  }

  #jump(epoch: string, seq: number): void {
    this.holes += 1
    this.last = { epoch, seq }
  }

  #next(seq: number, id: string): void {
    if (!this.last || !this.#joined) throw new Error(`message ${seq} came before joined`)
    if (seq !== this.last.seq + 1) throw new Error(`${seq} came after ${this.last.seq}`)
    if (this.seen.includes(id)) throw new Error(`${id} was shown twice`)
    this.last = { ...this.last, seq }
    this.seen.push(id)
  }
}
