import type { Deadline } from './deadline.ts'
import { HubError } from './errors.ts'
import { beganAt } from './identities.ts'
import type { ResolvedOptions } from './options.ts'
import { CONTROL_ROOM, read, type RevocationTarget } from './revocation.ts'

/** Revocations of one grace that are kept in mind at most. */
const MOST = 10_000
const PAGE = 200

/**
 * What was revoked of the sessions that began before this process did: what an earlier one has written to the log, and
 * what is revoked here. None of them can be resumed, because who they were is forgotten, but one that was revoked must
 * not come in as if nothing had happened. After one grace there are none left.
 */
export class PastRevocations {
  readonly #options: ResolvedOptions
  readonly #deadline: Deadline
  readonly #beganAt: number
  readonly #until: number
  readonly #sessions = new Set<string>()
  /** When each user was revoked last. */
  readonly #users = new Map<string, number>()
  #reading: Promise<void> | undefined
  /** Whether there is nothing in the log that is not known. */
  #complete: boolean

  constructor(options: ResolvedOptions, deadline: Deadline) {
    const { clock, limits, log } = options
    this.#options = options
    this.#deadline = deadline
    this.#beganAt = clock.now()
    this.#until = clock.monotonic() + limits.sessionGraceMs
    // Such a log began with the process.
    this.#complete = !log.durable
  }

  /** Keeps in mind what is revoked from now on. */
  note(target: RevocationTarget): void {
    if (!this.#isOver()) this.#note(target, this.#options.clock.now())
  }

  /** Whether a session began before and was revoked, by itself or with all of its user's. Rejects with `unavailable`. */
  async has(session: string, userId: string | undefined): Promise<boolean> {
    const began = beganAt(session)
    if (this.#isOver() || began >= this.#beganAt) return false
    if (!this.#complete) await this.#read()
    const revokedAt = userId === undefined ? undefined : this.#users.get(userId)
    return this.#sessions.has(session) || (revokedAt !== undefined && began <= revokedAt)
  }

  #isOver(): boolean {
    if (this.#options.clock.monotonic() < this.#until) return false
    this.#sessions.clear()
    this.#users.clear()
    return true
  }

  /** All who wait share one look at the log; one that fails is followed by another when the next one asks. */
  #read(): Promise<void> {
    this.#reading ??= this.#deadline
      .within(() => this.#readBack())
      .finally(() => {
        this.#reading = undefined
      })
    return this.#reading
  }

  async #readBack(): Promise<void> {
    const { log, limits } = this.#options
    const since = this.#beganAt - limits.sessionGraceMs
    for (let before: number | undefined, count = 0; ;) {
      const range = { limit: PAGE, ...(before !== undefined && { before }) }
      const { messages, oldest } = await log.read(CONTROL_ROOM, range)
      for (const { text, at } of messages) {
        const target = at < since ? undefined : read(text)
        if (target) this.#note(target, at)
      }
      const [first] = messages
      if (!first || first.at < since || first.seq === 1) break
      count += messages.length
      before = first.seq
      if (before <= oldest || count >= MOST)
        throw new HubError('unavailable', 'more was revoked than is known here; try again in a while')
    }
    this.#complete = true
  }

  #note(target: RevocationTarget, at: number): void {
    if ('session' in target) this.#sessions.add(target.session)
    else this.#users.set(target.user, Math.max(at, this.#users.get(target.user) ?? 0))
  }
}
