import type { Landing } from './append-line.ts'
import { HubError, stopping } from './errors.ts'
import type { Appended, Draft } from './log.ts'
import type { ResolvedOptions } from './options.ts'
import type { Rooms } from './rooms.ts'

const unavailable = (cause?: unknown) =>
  new HubError('unavailable', 'the message log is not available; try again', { cause })

/** An append that the log has not answered. */
interface Waiting {
  readonly answered: Promise<unknown>
  /** Ends the wait, and its timer. */
  readonly giveUp: (error: HubError) => void
}

/** Brings messages into the log, and what has landed into its room. */
export class Appends {
  readonly #rooms: Rooms
  readonly #options: ResolvedOptions
  readonly #waiting = new Set<Waiting>()
  #appended = 0
  #closed = false

  constructor(rooms: Rooms, options: ResolvedOptions) {
    this.#rooms = rooms
    this.#options = options
  }

  /** Messages that this hub has brought into rooms. */
  get appended(): number {
    return this.#appended
  }

  /**
   * Appends one message and shows it to the room. `landed` is told the place before anybody sees the message.
   * The log is called before this returns. Rejects with `unavailable` at the log's deadline; the message may
   * land all the same and is shown then, but `landed` is not called any more. Settles once: what a read has
   * shown before the answer came has landed, whatever the answer is.
   */
  append(room: string, draft: Draft, landed?: (appended: Appended) => void): Promise<Appended> {
    return this.#bring(room, draft, landed, tell => this.#open(room, { draft, landed: tell }))
  }

  /** Appends what is shown to nobody. Settles as `append` does. */
  record(room: string, draft: Draft): Promise<Appended> {
    return this.#bring(room, draft, undefined, () => () => {})
  }

  /** @param open Called with what to tell of the place; its result is called when that is known or will not be. */
  #bring(
    room: string,
    draft: Draft,
    landed: ((appended: Appended) => void) | undefined,
    open: (tell: (appended: Appended) => void) => (appended?: Appended) => void,
  ): Promise<Appended> {
    const { promise, resolve, reject } = Promise.withResolvers<Appended>()
    if (this.#closed) {
      reject(stopping())
      return promise
    }
    let told = false
    const tell = (appended: Appended): void => {
      if (!told) landed?.(appended)
      told = true
      resolve(appended)
    }
    const settle = open(tell)
    const land = (answer: readonly Appended[], inTime: boolean): void => {
      const [appended] = answer
      if (!appended) {
        settle()
        throw unavailable(new Error('the message log answered an append with nothing'))
      }
      if (inTime) tell(appended)
      settle(appended)
    }
    try {
      const answer = this.#options.log.append(room, [draft])
      if (answer instanceof Promise) this.#wait(answer, land, settle, reject)
      else land(answer, true)
    } catch (cause) {
      settle()
      reject(cause instanceof HubError ? cause : unavailable(cause))
    }
    return promise
  }

  /** Resolves when the log has answered every append, or after `ms`. */
  async settled(ms: number): Promise<void> {
    if (this.#waiting.size === 0) return
    const late = Promise.withResolvers<void>()
    const cancel = this.#options.clock.setTimer(late.resolve, ms)
    const answered = Array.from(this.#waiting, waiting => waiting.answered)
    await Promise.race([Promise.all(answered), late.promise])
    cancel()
  }

  /** Gives up what the log has not answered, so that no timer is left: whoever waits learns that it may have landed. */
  close(): void {
    this.#closed = true
    for (const { giveUp } of this.#waiting) giveUp(stopping())
  }

  /** Keeps the room while the append is under way, so that what lands finds whoever is there by then. */
  #open(name: string, landing: Landing): (appended?: Appended) => void {
    const room = this.#rooms.open(name)
    const settle = room.appending(landing)
    return appended => {
      if (appended?.duplicate === false) this.#appended += 1
      settle(appended)
      this.#rooms.release(room)
    }
  }

  #wait(
    answer: Promise<readonly Appended[]>,
    land: (answer: readonly Appended[], inTime: boolean) => void,
    settle: () => void,
    reject: (error: unknown) => void,
  ): void {
    let inTime = true
    const giveUp = (error: HubError): void => {
      if (!inTime) return
      inTime = false
      cancel()
      settle()
      reject(error)
    }
    const cancel = this.#options.clock.setTimer(() => {
      giveUp(new HubError('unavailable', 'the message log did not answer in time; try again'))
    }, this.#options.limits.logMs)
    const work = answer.then(
      appended => {
        cancel()
        land(appended, inTime)
      },
      (cause: unknown) => {
        cancel()
        settle()
        reject(unavailable(cause))
      },
    )
    const waiting: Waiting = { answered: work.catch(reject), giveUp }
    this.#waiting.add(waiting)
    void waiting.answered.then(() => this.#waiting.delete(waiting))
  }
}
