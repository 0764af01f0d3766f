import type { Cancel, Clock, Scheduler } from './clock.ts'
import type { User } from './identities.ts'
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

interface Person {
  readonly member: Member
  /** Subscriptions of this user to this room. */
  count: number
  /** Set while nobody is connected but the grace has not passed. */
  leaving: Cancel | undefined
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

  enter(user: User): void {
    const person = this.#people.get(user.id)
    if (person) {
      person.count += 1
      person.leaving?.()
      person.leaving = undefined
      return
    }
    const member: Member = { id: user.id, name: user.name, kind: 'user' }
    this.#people.set(user.id, { member, count: 1, leaving: undefined })
    this.#left.delete(user.id)
    this.#joined.set(user.id, member)
    this.#changed()
  }

  /** One subscription of the user ended; with the last one they are gone, at once or after the grace. */
  exit(user: User, grace: boolean): void {
    const person = this.#people.get(user.id)
    if (!person || person.count === 0) return
    person.count -= 1
    if (person.count > 0) return
    if (!grace) {
      this.#remove(user.id, person)
      return
    }
    person.leaving = this.#options.clock.setTimer(() => {
      this.#remove(user.id, person)
    }, this.#options.graceMs)
  }

  /** The user's session ended for good: an absence that is still in its grace ends now. */
  forget(userId: string): void {
    const person = this.#people.get(userId)
    if (person?.count === 0) this.#remove(userId, person)
  }

  close(): void {
    this.#flush?.()
    for (const person of this.#people.values()) person.leaving?.()
    this.#people.clear()
  }

  #remove(id: string, person: Person): void {
    person.leaving?.()
    this.#people.delete(id)
    // Who came and went within one turn is told as gone: a `joined` of this turn may have shown them.
    this.#joined.delete(id)
    this.#left.set(id, person.member)
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
