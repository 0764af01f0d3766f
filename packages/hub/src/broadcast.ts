import type { Outgoing } from './outgoing.ts'
import type { Session } from './session.ts'
import { holdBack, type Subscription } from './subscription.ts'
import { traced } from './trace.ts'

/** Somebody who runs passes at the end of a turn. */
export interface Passes {
  /** Has the session flushed at the end of this turn. */
  owe(session: Session): void
  /** Has `pass` called at the end of this turn, and again in later ones until it returns true. */
  want(broadcast: Broadcast): void
}

/** How much one turn may give. */
export interface Budget {
  /** So many subscribers more were served; true when the turn is used up. */
  spent(subscribers: number): boolean
}

interface Queued {
  readonly frame: Outgoing
  readonly number: number
  /** Set on a message of the room. */
  readonly seq: number | undefined
  readonly except: Session | undefined
}

/** Subscribers between two looks at the clock. */
const STRIDE = 32
/** From this many on, sessions are flushed as the pass goes, because their writes are what takes the time. */
const LARGE = 256
/**
 * Frames of one pass at most. What is more waits for the next turn, in which the platform has taken these:
 * given at once, a burst would be too much for the outboxes even of those who keep up. As many of the longest
 * texts, each character escaped, still fit an outbox.
 */
const MOST = 32

/**
 * A room's frames on their way to its subscribers: in order, and in passes that stop when their time is over,
 * so that a room of 50,000 holds up neither a ping nor a room of two. A pass gives each subscriber what was
 * queued when it began, which then leaves in one write.
 */
export class Broadcast {
  readonly subscriptions = new Set<Subscription>()
  readonly #room: string
  readonly #passes: Passes
  #number = 0
  #queued: Queued[] = []
  #batch: readonly Queued[] = []
  #pass: Iterator<Subscription, undefined> | undefined

  constructor(room: string, passes: Passes) {
    this.#room = room
    this.#passes = passes
  }

  /** The number of the newest frame: a `joined` that is made now covers it. */
  get number(): number {
    return this.#number
  }

  /** Queues a frame for everybody but `except`; one with a `seq` waits for those who are still joining. */
  push(frame: Outgoing, seq?: number, except?: Session): void {
    this.#number += 1
    this.#queued.push({ frame, number: this.#number, seq, except })
    if (this.#queued.length === 1) this.#passes.want(this)
  }

  /** Whether it takes more than a moment. */
  get large(): boolean {
    return this.subscriptions.size >= LARGE
  }

  /** Goes on giving out; true when nothing is left to give, false when there is more for a later turn. */
  pass(budget: Budget): boolean {
    if (!traced.broadcast.watched) return this.#give(budget)
    const frames = this.#batch.length + this.#queued.length
    const context = { room: this.#room, frames, subscribers: this.subscriptions.size }
    return traced.broadcast.sync(context, () => this.#give(budget))
  }

  /** Gives everything now: before something that must come after it. */
  finish(): void {
    while (!this.pass({ spent: () => false }));
  }

  /** Gives one subscriber the messages that are on their way to all, as many as a pass would. */
  catchUp(subscription: Subscription): void {
    let left = MOST
    for (const queued of [...this.#batch, ...this.#queued]) {
      if (left === 0) break
      if (queued.seq === undefined || !give(subscription, queued)) continue
      this.#passes.owe(subscription.session)
      left -= 1
    }
  }

  #give(budget: Budget): boolean {
    if (!this.#pass) {
      if (this.#queued.length === 0) return true
      this.#batch = this.#queued.splice(0, MOST)
      this.#pass = this.subscriptions.values()
    }
    const { large } = this
    for (let count = 1; ; count += 1) {
      const { value } = this.#pass.next()
      if (!value) break
      let given = false
      for (const queued of this.#batch) given = give(value, queued) || given
      if (given && large) value.session.flush()
      else if (given) this.#passes.owe(value.session)
      if (count % STRIDE === 0 && budget.spent(STRIDE)) return false
    }
    for (const { frame } of this.#batch) frame.release()
    this.#pass = undefined
    this.#batch = []
    return this.#queued.length === 0
  }
}

/** Gives a subscriber one frame, if it is for it; true where the session has something to write by that. */
function give(subscription: Subscription, { frame, number, seq, except }: Queued): boolean {
  const { pending, session, room } = subscription
  if (seq === undefined && (number <= subscription.since || session === except)) return false
  if (pending) {
    // What is no message is in its `joined`; only where joining again fails is there none.
    if (seq !== undefined || subscription.present) holdBack(subscription, { seq, frame })
    return false
  }
  if (seq !== undefined) {
    if (seq <= subscription.seq) return false
    subscription.seq = seq
  }
  return session.queue(frame, room.overflow)
}
