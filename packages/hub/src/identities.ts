import type { Cancel, Clock } from './clock.ts'
import { nameKey } from './protocol/values.ts'

/** Who somebody is. */
export interface User {
  readonly id: string
  readonly name: string
}

/** A connection that has a session until another takes it. */
export interface Holder {
  /** Counts connections in the order in which they came. */
  readonly number: number
  /** Ends the connection, because its session was opened on another. */
  replace(): void
}

/** What is kept of a session while its connection is away. */
export interface Identity {
  /** The secret that resumes it; it says when it began, for `beganAt`. */
  readonly session: string
  readonly user: User
  /** The connection that has it now; undefined while there is none. */
  holder: Holder | undefined
}

/**
 * When a session began, in epoch milliseconds, as it says itself: for one that is not known here any more. Long ago
 * where it does not say. Who makes up another time has made up another session.
 */
export function beganAt(session: string): number {
  const [, time] = /\.([0-9a-z]{1,10})$/.exec(session) ?? []
  return time === undefined ? -Infinity : Number.parseInt(time, 36)
}

/** Whether somebody is meant. */
export type Meant = (who: Pick<Identity, 'session' | 'user'>) => boolean

/** Revocations that are kept for the hellos that are being decided. */
const RECENT = 1_000

interface Entry extends Identity {
  user: User
  expiry: Cancel | undefined
}

/**
 * Sessions and names. A session survives its connection for the grace; a guest's name belongs to the session
 * that said it first, until that session is gone.
 */
export class Identities {
  readonly #clock: Clock
  readonly #secret: () => string
  readonly #graceMs: number
  readonly #bySession = new Map<string, Entry>()
  readonly #byName = new Map<string, Entry>()
  readonly #reserved = new Set<string>()
  /** Revoked sessions that somebody may still try to resume; forgotten when they would have expired anyway. */
  readonly #revoked = new Map<string, Cancel>()
  /** The newest revocations, for those who were on their way in when it happened. */
  readonly #recent: { readonly number: number; readonly meant: Meant }[] = []
  #revocations = 0

  constructor(clock: Clock, secret: () => string, graceMs: number) {
    this.#clock = clock
    this.#secret = secret
    this.#graceMs = graceMs
  }

  /** Sessions that are connected or may come back. */
  get size(): number {
    return this.#bySession.size
  }

  /** Keeps guests from taking a name. */
  reserve(name: string): void {
    this.#reserved.add(nameKey(name))
  }

  /** Whether a guest may take this name now. */
  isFree(name: string): boolean {
    const key = nameKey(name)
    return !this.#reserved.has(key) && !this.#byName.has(key)
  }

  find(session: string): Identity | undefined {
    return this.#bySession.get(session)
  }

  /** Makes a session; where `guest`, it owns the user's name from now on. */
  create(user: User, guest: boolean): Identity {
    const session = `${this.#secret()}.${Math.floor(this.#clock.now()).toString(36)}`
    const entry: Entry = { session, user, holder: undefined, expiry: undefined }
    this.#bySession.set(entry.session, entry)
    if (guest) this.#byName.set(nameKey(user.name), entry)
    return entry
  }

  /** Whose session it is goes by another name by now. Not for guests: theirs is the name that they own. */
  rename({ session }: Identity, user: User): void {
    const entry = this.#bySession.get(session)
    if (entry) entry.user = user
  }

  /** A connection takes the session; the one that had it until now ends. */
  attach(identity: Identity, holder: Holder): void {
    const entry = this.#bySession.get(identity.session)
    if (!entry) return
    const before = entry.holder
    entry.holder = holder
    entry.expiry?.()
    entry.expiry = undefined
    before?.replace()
  }

  /** The connection is gone; the session stays for the grace. A connection that was replaced changes nothing. */
  detach(identity: Identity, holder: Holder): void {
    const entry = this.#bySession.get(identity.session)
    if (entry?.holder !== holder) return
    entry.holder = undefined
    entry.expiry = this.#clock.setTimer(() => {
      this.remove(identity)
    }, this.#graceMs)
  }

  /** Ends a session and frees its name. */
  remove(identity: Identity): void {
    const entry = this.#bySession.get(identity.session)
    if (!entry) return
    entry.expiry?.()
    this.#bySession.delete(entry.session)
    const key = nameKey(entry.user.name)
    if (this.#byName.get(key) === entry) this.#byName.delete(key)
  }

  /** Ends the sessions that are meant, for good: an attempt to resume one of them is refused. */
  revoke(meant: Meant): void {
    this.#revocations += 1
    this.#recent.push({ number: this.#revocations, meant })
    if (this.#recent.length > RECENT) this.#recent.shift()
    for (const identity of this.#bySession.values()) {
      if (!meant(identity)) continue
      this.remove(identity)
      const forget = (): void => {
        this.#revoked.delete(identity.session)
      }
      this.#revoked.set(identity.session, this.#clock.setTimer(forget, this.#graceMs))
    }
  }

  /** How many revocations there were. */
  get revocations(): number {
    return this.#revocations
  }

  /** Whether somebody was meant by a revocation that came after the given number of them. */
  revokedSince(number: number, who: Pick<Identity, 'session' | 'user'>): boolean {
    return this.#recent.some(each => each.number > number && each.meant(who))
  }

  /** Whether there were so many since then that it is not known of all of them who was meant. */
  hasForgotten(number: number): boolean {
    return this.#revocations - number > RECENT
  }

  isRevoked(session: string): boolean {
    return this.#revoked.has(session)
  }

  /** Ends all of them, with their timers. */
  clear(): void {
    for (const forget of this.#revoked.values()) forget()
    this.#revoked.clear()
    for (const entry of this.#bySession.values()) entry.expiry?.()
    this.#bySession.clear()
    this.#byName.clear()
  }
}
