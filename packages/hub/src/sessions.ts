import type { Broadcast, Passes } from './broadcast.ts'
import type { Cancel, Clock, Scheduler } from './clock.ts'
import { STOPPING } from './errors.ts'
import type { Meant } from './identities.ts'
import { Close } from './protocol/codes.ts'
import type { Session } from './session.ts'

/** How often the connections are looked at: a deadline is kept to within this. */
const LOOK_MS = 1_000

/**
 * Subscribers of large rooms that one turn serves at most. What a pass hands over costs whoever takes it as much
 * again, and of that the clock sees nothing: 20,000 members in this process were given their message in time, and
 * then it took three times as long until they had it.
 */
const TURN = 512

/** How sessions are let go. */
export interface DrainPlan {
  /** Every session gets a moment within this. */
  readonly windowMs: number
  /** When the last one ends at the latest. */
  readonly deadlineMs: number
  readonly random: () => number
}

/** The open sessions of a hub: one flush a turn for all of them, and one timer that looks after all of them. */
export class Sessions implements Passes {
  readonly #clock: Clock
  readonly #scheduler: Scheduler
  readonly #open = new Set<Session>()
  readonly #owed = new Set<Session>()
  readonly #sliceMs: number
  /** Rooms with frames that are not given out yet; the first in it is served first. */
  readonly #wanted = new Set<Broadcast>()
  #end: Cancel | undefined
  #look: Cancel | undefined
  #onEmpty: (() => void) | undefined

  constructor(clock: Clock, scheduler: Scheduler, sliceMs: number) {
    this.#sliceMs = sliceMs
    this.#clock = clock
    this.#scheduler = scheduler
  }

  get size(): number {
    return this.#open.size
  }

  add(session: Session): void {
    this.#open.add(session)
    this.#look ??= this.#clock.setTimer(this.#lookAround, LOOK_MS)
  }

  remove(session: Session): void {
    this.#open.delete(session)
    this.#owed.delete(session)
    if (this.#open.size === 0) this.#onEmpty?.()
  }

  /** Ends those that are meant. */
  revoke(meant: Meant): void {
    for (const session of this.#open)
      if (session.identity && meant(session.identity)) session.end(Close.revoked, 'revoked')
  }

  /** Flushes the session at the end of this turn. */
  owe(session: Session): void {
    this.#owed.add(session)
    this.#end ??= this.#scheduler.defer(this.#endTurn)
  }

  want(broadcast: Broadcast): void {
    this.#wanted.add(broadcast)
    this.#end ??= this.#scheduler.defer(this.#endTurn)
  }

  /**
   * Lets all of them go, spread over a window: the server draws the moment for each, because clients that draw
   * it themselves after the close all come back at once. Each is told, served until its moment, and closed when
   * nothing is owed to it. At the deadline those that are left are closed all the same.
   */
  async drain({ windowMs, deadlineMs, random }: DrainPlan): Promise<void> {
    const timers: Cancel[] = []
    for (const session of this.#open) {
      const slot = Math.floor(random() * windowMs)
      session.send({ type: 'drain', reconnectAfterMs: slot })
      if (slot === 0) session.leave()
      else
        timers.push(
          this.#clock.setTimer(() => {
            session.leave()
          }, slot),
        )
    }
    const gone = Promise.withResolvers<void>()
    this.#onEmpty = gone.resolve
    timers.push(this.#clock.setTimer(gone.resolve, deadlineMs))
    if (this.#open.size > 0) await gone.promise
    for (const cancel of timers) cancel()
    for (const session of this.#open) session.end(Close.restart, STOPPING)
    this.#end?.()
    this.#look?.()
  }

  readonly #endTurn = (): void => {
    this.#end = undefined
    const until = this.#clock.monotonic() + this.#sliceMs
    let left = TURN
    const spent = (subscribers: number): boolean => {
      left -= subscribers
      return left <= 0 || this.#clock.monotonic() >= until
    }
    const wanted = [...this.#wanted]
    const cut: Broadcast[] = []
    this.#wanted.clear()
    for (const broadcast of wanted)
      // When the turn is used up a large room waits; what a small one has is given in a moment.
      if (broadcast.large && spent(0)) this.#wanted.add(broadcast)
      else if (!broadcast.pass({ spent })) cut.push(broadcast)
    // The others come first in the next turn.
    for (const broadcast of cut) this.#wanted.add(broadcast)
    for (const session of this.#owed) session.flush()
    this.#owed.clear()
    if (this.#wanted.size > 0) this.#end ??= this.#scheduler.defer(this.#endTurn)
  }

  readonly #lookAround = (): void => {
    const now = this.#clock.monotonic()
    for (const session of this.#open) session.check(now)
    this.#look = this.#open.size > 0 ? this.#clock.setTimer(this.#lookAround, LOOK_MS) : undefined
  }
}
