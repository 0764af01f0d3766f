import { AppendLine, type Landing } from './append-line.ts'
import { Broadcast, type Passes } from './broadcast.ts'
import type { Appended, Draft, LoggedMessage, Page, Position, Range } from './log.ts'
import type { Overflow } from './outbox.ts'
import { Outgoing } from './outgoing.ts'
import { Presence, type PresenceOptions } from './presence.ts'
import type { ChatMessage } from './protocol/messages.ts'
import type { Session } from './session.ts'
import { holdBack, type Subscription } from './subscription.ts'

/** Asks the log for a page of the room. Rejects where that takes too long. */
export type Read = (range: Range) => Promise<Page>

/** A message as the protocol shows it. */
export function toChatMessage(room: string, message: LoggedMessage): ChatMessage {
  const { seq, id, author, text, at, replyTo } = message
  const shown = { room, seq, id, author, text, at: new Date(at).toISOString() }
  return replyTo === undefined ? shown : { ...shown, replyTo }
}

/** How many messages one read asks for when a hole is filled. */
const HEAL_PAGE = 200
/** How many messages wait for an answer that is late, before they are read from the log instead. */
const MOST_EARLY = 200

/**
 * One room on this node: who listens, and how far they were told. Delivers in the log's order, each seq once;
 * what it has not seen it reads from the log, and what the log no longer has it names with a `reset`.
 */
export class Room {
  readonly name: string
  readonly presence: Presence
  /** What happens to a subscriber who cannot keep up. */
  readonly overflow: Overflow
  readonly #out: Broadcast
  readonly #read: Read
  #epoch: string | undefined
  #seq = 0
  /** Ahead of the log's order: appended here, but a lower seq has not been delivered yet. */
  readonly #early = new Map<number, LoggedMessage>()
  /** Appends of this node: what those under way will deliver need not be read. */
  readonly #line = new AppendLine()
  #healing: Promise<void> | undefined
  /** Somebody has asked since the newest read began. */
  #stale = false

  constructor(name: string, read: Read, passes: Passes, overflow: Overflow, presence: PresenceOptions) {
    this.name = name
    this.overflow = overflow
    this.#read = read
    this.#out = new Broadcast(name, passes)
    this.presence = new Presence(name, presence)
  }

  /** Who is in the room, or about to be. */
  get subscriptions(): Set<Subscription> {
    return this.#out.subscriptions
  }

  /** From here on what comes live waits for the subscription's `joined`. */
  hold(subscription: Subscription): void {
    subscription.pending = []
    subscription.pendingBytes = 0
    subscription.pendingFrom = this.#epoch === undefined ? undefined : this.#seq
  }

  /**
   * A read for a joining session has come back. False where it is too old: something was delivered behind it
   * that did not wait for this session, so that only another read has it.
   */
  meets(subscription: Subscription, epoch: string, seq: number): boolean {
    if (this.#epoch === undefined) this.#learn(epoch, seq)
    return this.#epoch === epoch && seq >= (subscription.pendingFrom ?? 0)
  }

  /** The `joined` frame is out, up to there: sends what came meanwhile and is not in it, and goes on live. */
  release(subscription: Subscription, { epoch, seq }: Position): void {
    const { pending = [] } = subscription
    const covered = pending.findLastIndex(held => held.epoch === epoch && (held.seq ?? 0) <= seq)
    subscription.pending = pending.slice(covered + 1).filter(held => held.seq !== undefined)
    subscription.seq = seq
    subscription.since = this.#out.number
    this.goOn(subscription)
  }

  /** Sends what was held back, and goes on live: all of it, where joining again has failed. */
  goOn(subscription: Subscription): void {
    const { pending = [], session } = subscription
    subscription.pending = undefined
    for (const { seq, epoch, frame } of pending) {
      if (seq !== undefined && epoch === undefined && seq <= subscription.seq) continue
      subscription.seq = seq ?? subscription.seq
      session.send(frame, this.overflow)
    }
  }

  /** Gives one subscriber now what is on its way to all: before it leaves. */
  catchUp(subscription: Subscription): void {
    this.#out.catchUp(subscription)
  }

  /** Whether an append of this node is under way. */
  get busy(): boolean {
    return this.#line.busy
  }

  /** Sends one frame to everybody who has joined by now, but `except`. */
  broadcast(frame: Outgoing, except?: Session): void {
    this.#out.push(frame, undefined, except)
  }

  /**
   * An append of this node begins. Call the result when it has settled or is given up; once more where it
   * lands after that.
   */
  appending(landing: Landing): (appended?: Appended) => void {
    const place = this.#line.enter(landing)
    return appended => {
      this.#line.settle(place, appended ? this.#land(landing.draft, appended) : 0)
      this.#advance()
    }
  }

  /** The first word of the log says where delivery starts. */
  #learn(epoch: string, seq: number): void {
    this.#epoch = epoch
    this.#seq = seq
    for (const subscription of this.subscriptions) if (subscription.pending) subscription.pendingFrom ??= seq
  }

  /** An append was answered; returns its seq, or 0 where that is not one of the room's epoch. */
  #land(draft: Draft, { epoch, seq, at, duplicate }: Appended): number {
    // The place of a repeat may be far behind the newest: nothing is learned from that.
    if (this.#epoch === undefined && !duplicate) this.#learn(epoch, seq)
    if (epoch !== this.#epoch) {
      // The log began anew, or has done so since it answered: only a read tells where it is now.
      void this.heal()
      return 0
    }
    if (!duplicate && seq > this.#seq && this.#early.size < MOST_EARLY)
      this.#early.set(seq, { ...draft, seq, at })
    return seq
  }

  /** Delivers what is next in order, and reads what will not come by itself. */
  #advance(): void {
    this.#deliverEarly()
    const missing = this.#line.proven > this.#seq || this.#early.size >= MOST_EARLY
    // A read that is under way looks for itself, once it is back, whether that was all.
    if (missing && !this.#healing) void this.heal()
  }

  #deliverEarly(): void {
    for (;;) {
      const message = this.#early.get(this.#seq + 1)
      if (!message) break
      this.#early.delete(message.seq)
      this.#deliver(message)
    }
  }

  #deliver(message: LoggedMessage): void {
    this.#seq = message.seq
    this.#out.push(new Outgoing({ type: 'message', ...toChatMessage(this.name, message) }), message.seq)
  }

  /**
   * Reads what is missing from the log; where the log lost it or began anew, says so first. Never rejects: a log
   * that does not answer now is asked again by the next append, and by the next look at the positions. A read
   * that is under way may be too old for who asks: then another one follows it.
   */
  heal(): Promise<void> {
    if (this.#epoch === undefined) return Promise.resolve()
    this.#stale = true
    this.#healing ??= this.#catchUp()
    return this.#healing
  }

  /** The log is at this position; what it has and this room has not is read. */
  async compare({ epoch, seq }: Position): Promise<void> {
    if (this.#epoch === undefined) return
    if (epoch !== this.#epoch || seq > this.#seq) await this.heal()
  }

  async #catchUp(): Promise<void> {
    try {
      for (;;) {
        this.#stale = false
        const after = this.#seq
        const { proven } = this.#line
        const page = await this.#read({ after, limit: HEAL_PAGE })
        if (page.epoch !== this.#epoch) {
          this.#reset(page.epoch, page.oldest - 1, 'epoch')
          continue
        }
        if (page.oldest > this.#seq + 1) this.#reset(page.epoch, page.oldest - 1, 'trimmed')
        for (const message of page.messages) {
          if (message.seq !== this.#seq + 1) continue
          this.#line.tell(page.epoch, message)
          this.#deliver(message)
        }
        for (const seq of this.#early.keys()) if (seq <= this.#seq) this.#early.delete(seq)
        this.#deliverEarly()
        const more = after < this.#seq && this.#seq < page.seq
        const newer = this.#line.proven > Math.max(proven, this.#seq)
        if (!this.#stale && !more && !newer) break
      }
    } catch {
      // See above: whoever comes next tries again.
    } finally {
      // In one go with the last look, so that nobody who asks comes between the two.
      this.#healing = undefined
    }
  }

  #reset(epoch: string, seq: number, reason: string): void {
    // What was before the hole reaches everybody before the word about the hole does.
    this.#out.finish()
    if (epoch !== this.#epoch) {
      this.#early.clear()
      this.#line.forget()
    }
    this.#epoch = epoch
    this.#seq = seq
    const frame = new Outgoing({ type: 'reset', room: this.name, epoch, seq, reason })
    for (const subscription of this.subscriptions) {
      if (subscription.pending) {
        // Its `joined` may have been read before, or may never come.
        holdBack(subscription, { frame, seq, epoch })
        subscription.pendingFrom = seq
      } else {
        subscription.seq = seq
        subscription.session.send(frame)
      }
    }
  }
}
