import type { ChatMessage, ServerMessageOf } from '../protocol/messages.ts'
import type { Delivery } from './types.ts'

/** Where a reader of a room is: behind `seq` of `epoch`. */
export interface Position {
  readonly epoch: string
  readonly seq: number
}

/** What to deliver for a frame, or `gap`: this cannot follow what was delivered, so join again. */
export type Outcome = readonly Delivery[] | 'gap'

const NOTHING: readonly Delivery[] = []

/**
 * Turns what a server sends of one room into what its reader is told: each message once and in order, and
 * before anything that does not follow, one `reset` or `skipped` that names the hole. Pure state, no effects.
 */
export class Cursor {
  #at: Position | undefined

  constructor(after?: Position) {
    this.#at = after
  }

  /** Undefined until the first `joined`. */
  get position(): Position | undefined {
    return this.#at
  }

  /**
   * The answer to a join. Believed by its numbers more than by its word: whatever it calls itself, messages that
   * follow the position are delivered without a `reset`, and ones that do not, with one.
   */
  joined({ epoch, seq, messages, reason }: ServerMessageOf<'joined'>): readonly Delivery[] {
    const begin = messages[0] ? messages[0].seq - 1 : seq
    const out: Delivery[] = []
    const before = this.#at
    if (!before) this.#at = { epoch, seq: begin }
    else if (before.epoch !== epoch) this.#jump(out, epoch, begin, reason ?? 'epoch')
    // The log is behind what it once gave: a backup was put back. Its numbers mean other messages now.
    else if (seq < before.seq) this.#jump(out, epoch, begin, reason ?? 'ahead')
    for (const message of messages) {
      if (message.seq > this.#next) this.#jump(out, epoch, message.seq - 1, reason ?? 'gap')
      out.push(...this.#take(epoch, message))
    }
    if (seq >= this.#next) this.#jump(out, epoch, seq, reason ?? 'gap')
    return out
  }

  message(message: ChatMessage): Outcome {
    if (!this.#at || message.seq > this.#next) return 'gap'
    return this.#take(this.#at.epoch, message)
  }

  reset({ epoch, seq, reason }: ServerMessageOf<'reset'>): Outcome {
    // Backwards in the same epoch is a stale frame or a log that lost its tail: only the log can tell.
    if (this.#at?.epoch === epoch && seq < this.#at.seq) return 'gap'
    const out: Delivery[] = []
    this.#jump(out, epoch, seq, reason)
    return out
  }

  skipped({ from, to }: ServerMessageOf<'skipped'>): Outcome {
    if (!this.#at || from > this.#next) return 'gap'
    if (to < this.#next) return NOTHING
    const hole: Delivery = { kind: 'skipped', from: this.#next, to }
    this.#at = { epoch: this.#at.epoch, seq: to }
    return [hole]
  }

  get #next(): number {
    return (this.#at?.seq ?? 0) + 1
  }

  #take(epoch: string, message: ChatMessage): readonly Delivery[] {
    if (message.seq !== this.#next) return NOTHING
    this.#at = { epoch, seq: message.seq }
    return [{ kind: 'message', message: chatMessage(message) }]
  }

  #jump(out: Delivery[], epoch: string, seq: number, reason: string): void {
    this.#at = { epoch, seq }
    out.push({ kind: 'reset', epoch, seq, reason })
  }
}

/** What is shown of a message: its own fields, and none that its frame has besides. */
function chatMessage({ room, seq, id, author, text, at, replyTo }: ChatMessage): ChatMessage {
  return { room, seq, id, author, text, at, ...(replyTo !== undefined && { replyTo }) }
}
