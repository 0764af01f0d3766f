import type { Cancel, Clock } from '../clock.ts'
import type { ServerMessageOf } from '../protocol/messages.ts'
import type { Backoff } from './backoff.ts'
import type { Turns } from './turns.ts'

/** How long a join may stay without an answer, in milliseconds; twice as long each time that it did. */
const JOIN_MS = 10_000
/** Least time between two joins of a room on one connection that this side decides on, in milliseconds. */
const AGAIN_MS = 1_000

/** What a room's joins are made with. */
export interface JoiningOptions {
  readonly clock: Clock
  readonly backoff: Backoff
  readonly turns: Turns
  readonly nextId: () => string
  readonly send: (id: string) => void
}

/** The joins of one room on one connection: at most one is under way, and each is answered or tried again. */
export class Joining {
  readonly #options: JoiningOptions
  /** The join under way, and one that waits for its turn. */
  #id: string | undefined
  #queued: string | undefined
  #unanswered = 0
  #timer: Cancel | undefined
  #last: number | undefined

  constructor(options: JoiningOptions) {
    this.#options = options
  }

  /** Whether a join was sent on this connection. */
  get begun(): boolean {
    return this.#last !== undefined
  }

  /** Joins at once: the connection is new. */
  start(): void {
    this.stop()
    this.#ask()
  }

  /**
   * Joins once more, because what came does not follow what was there. At most once a second, so that a server
   * that is always wrong is not asked without end. Nothing where a join is under way already.
   */
  again(): void {
    if (this.#id !== undefined || this.#queued !== undefined || this.#timer) return
    const { clock } = this.#options
    const wait = (this.#last ?? -Infinity) + AGAIN_MS - clock.monotonic()
    if (wait <= 0) this.#ask()
    else this.#askIn(wait)
  }

  /** Whether this `joined` answers the join under way; an older one's answer has nothing to say. */
  joined({ id }: ServerMessageOf<'joined'>): boolean {
    if (id !== this.#id) return false
    this.#settle()
    this.#unanswered = 0
    this.#options.backoff.reset()
    return true
  }

  /** What a refusal means: nothing to us, another try that is now under way, or the end. */
  refused({ id, code, retryAfterMs = 0 }: ServerMessageOf<'error'>): 'not-ours' | 'again' | 'final' {
    if (this.#id === undefined || id !== this.#id) return 'not-ours'
    this.#settle()
    if (code !== 'unavailable' && code !== 'rate-limited') return 'final'
    this.#askIn(Math.max(this.#options.backoff.next(), retryAfterMs))
    return 'again'
  }

  /** The connection or the room is gone. */
  stop(): void {
    this.#settle()
    this.#unanswered = 0
    this.#last = undefined
  }

  #ask(): void {
    const { clock, turns, nextId, send } = this.#options
    const id = nextId()
    this.#timer = undefined
    this.#queued = id
    // Until then an answer to the one before is as good.
    turns.take(id, () => {
      this.#queued = undefined
      this.#id = id
      this.#last = clock.monotonic()
      this.#askIn(JOIN_MS * 2 ** this.#unanswered)
      this.#unanswered += 1
      send(id)
    })
  }

  #askIn(ms: number): void {
    this.#timer = this.#options.clock.setTimer(() => {
      this.#ask()
    }, ms)
  }

  #settle(): void {
    this.#id = undefined
    if (this.#queued !== undefined) this.#options.turns.withdraw(this.#queued)
    this.#queued = undefined
    this.#timer?.()
    this.#timer = undefined
  }
}
