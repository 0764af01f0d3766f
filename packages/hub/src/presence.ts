import type { Cancel, Clock, Scheduler } from './clock.ts'
import type { Identity } from './identities.ts'
import type { Member, ServerMessageOf } from './protocol/messages.ts'

/** Above this many people a room shows only how many they are. */
const MAX_LISTED = 200
/** How often such a room tells: each of n people who come would otherwise be a frame for all n. */
const CROWD_MS = 1_000

/** What presence is told. */
export interface PresenceOptions {
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** How long somebody whose connection broke is still shown. */
  readonly graceMs: number
  /** Sends one update to the room. */
  readonly publish: (update: ServerMessageOf<'presence'>) => void
  /** Nobody is left, not even in their grace. */
  readonly onEmpty: () => void
}

/** Whose subscription it is, and by which session. */
type Who = Pick<Identity, 'session' | 'user'>

interface Person {
  member: Member
  /** Subscriptions of this user to this room. */
  count: number
  /** The end of the grace of each session whose connection broke; made when one does. */
  away: Map<string, Cancel> | undefined
}

/**
 * Who is in one room: people, not sockets. Changes of one turn leave in one update, those of a crowd in one
 * a second; who comes back within the grace was never away.
 */
export class Presence {
  readonly #room: string
  readonly #options: PresenceOptions
  readonly #people = new Map<string, Person>()
  readonly #joined = new Map<string, Member>()
  readonly #left = new Map<string, Member>()
  #version = 0
  #flush: Cancel | undefined

  constructor(room: string, options: PresenceOptions) {
    this.#room = room
    this.#options = options
  }

  get count(): number {
    return this.#people.size
  }

  /**
   * What a `joined` frame says. Changes that are still owed to the room are in it already, and come once more in
   * the update that follows: sent at once instead, each of a thousand joins would be a thousand frames.
   */
  snapshot(): { readonly members: readonly Member[]; readonly count: number; readonly version: number } {
    const members = this.count > MAX_LISTED ? [] : [...this.#people.values()].map(({ member }) => member)
    return { members, count: this.count, version: this.#version }
  }

  enter({ session, user }: Who): void {
    const member: Member = { id: user.id, name: user.name, kind: 'user' }
    const person = this.#people.get(user.id)
    if (person) {
      person.count += 1
      this.#back(person, session)
      if (person.member.name === user.name) return
      person.member = member
    } else this.#people.set(user.id, { member, count: 1, away: undefined })
    this.#left.delete(user.id)
    this.#joined.set(user.id, member)
    this.#changed()
  }

  /**
   * One subscription of the user ended, with or without a grace in which its session may come back. They are gone
   * with the last subscription and the last grace: the end of one session says nothing about another's tunnel.
   */
  exit({ session, user }: Who, grace: boolean): void {
    const person = this.#people.get(user.id)
    if (!person || person.count === 0) return
    person.count -= 1
    if (grace) {
      const end = this.#options.clock.setTimer(() => {
        this.forget({ session, user })
      }, this.#options.graceMs)
      person.away ??= new Map()
      person.away.set(session, end)
    }
    this.#removeIfGone(person)
  }

  /** The session is over, or its grace is: nobody waits for it any more. */
  forget({ session, user }: Who): void {
    const person = this.#people.get(user.id)
    if (!person) return
    this.#back(person, session)
    this.#removeIfGone(person)
  }

  close(): void {
    this.#flush?.()
    for (const { away } of this.#people.values()) for (const cancel of away?.values() ?? []) cancel()
    this.#people.clear()
  }

  /** Ends the grace of a session. */
  #back({ away }: Person, session: string): void {
    away?.get(session)?.()
    away?.delete(session)
  }

  #removeIfGone({ member, count, away }: Person): void {
    if (count > 0 || (away && away.size > 0)) return
    const { id } = member
    this.#people.delete(id)
    // Who came and went within one turn is told as gone: a `joined` of this turn may have shown them.
    this.#joined.delete(id)
    this.#left.set(id, member)
    this.#changed()
    if (this.#people.size === 0) this.#options.onEmpty()
  }

  #changed(): void {
    const { clock, scheduler } = this.#options
    this.#flush ??=
      this.count > MAX_LISTED ? clock.setTimer(this.#publish, CROWD_MS) : scheduler.defer(this.#publish)
  }

  readonly #publish = (): void => {
    this.#flush = undefined
    const listed = this.count <= MAX_LISTED
    this.#version += 1
    const update = {
      type: 'presence' as const,
      room: this.#room,
      version: this.#version,
      joined: listed ? [...this.#joined.values()] : [],
      left: listed ? [...this.#left.values()] : [],
      count: this.count,
    }
    this.#joined.clear()
    this.#left.clear()
    this.#options.publish(update)
  }
}
