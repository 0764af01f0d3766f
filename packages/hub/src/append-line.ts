import type { Appended, Draft, LoggedMessage } from './log.ts'

/** An append that has no answer yet, and who is told where it landed; telling twice is harmless. */
export interface Landing {
  readonly draft: Draft
  readonly landed: (appended: Appended) => void
}

/** One append in the line. */
export interface Place {
  readonly landing: Landing
  open: boolean
  /** Where it landed, in the epoch of the line; 0 until that is known. */
  seq: number
}

/**
 * The appends of this node to one room, in the order of the calls, which is the order in which the log applies them.
 * So once one has landed, and all before it have settled, nothing that is under way will land before it: what is
 * missing up to there has been lost on its way here, or is another node's.
 */
export class AppendLine {
  readonly #line = new Set<Place>()
  #proven = 0

  /** Whether one of them is under way. */
  get busy(): boolean {
    return this.#line.size > 0
  }

  /** The log is at least so far, and nothing under way will be at or below it. */
  get proven(): number {
    return this.#proven
  }

  enter(landing: Landing): Place {
    const place = { landing, open: true, seq: 0 }
    this.#line.add(place)
    return place
  }

  /** One has settled or is given up, at `seq` if it is known to have landed. May be called again when it is. */
  settle(place: Place, seq: number): void {
    place.open = false
    place.seq = seq
    if (!this.#line.has(place)) this.#proven = Math.max(this.#proven, seq)
    for (const first of this.#line) {
      if (first.open) return
      this.#line.delete(first)
      this.#proven = Math.max(this.#proven, first.seq)
    }
  }

  /** The log has shown a message before it answered the append: its sender is told first all the same. */
  tell(epoch: string, { author, id, seq, at }: LoggedMessage): void {
    for (const { open, landing } of this.#line) {
      const { draft, landed } = landing
      if (open && draft.id === id && draft.author.id === author.id)
        landed({ epoch, seq, at, duplicate: false })
    }
  }

  /** The log has begun anew: what is known is of the old epoch. */
  forget(): void {
    this.#proven = 0
    for (const place of this.#line) place.seq = 0
  }
}
