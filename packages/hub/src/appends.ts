import type { Landing } from './append-line.ts'
import { HubError } from './errors.ts'
import type { Appended, Draft } from './log.ts'
import type { ResolvedOptions } from './options.ts'
import type { Rooms } from './rooms.ts'

const unavailable = (cause?: unknown) =>
  new HubError('unavailable', 'the message log is not available; try again', { cause })

/** Brings messages into the log, and what has landed into its room. */
export class Appends {
  readonly #rooms: Rooms
  readonly #options: ResolvedOptions
  readonly #waiting = new Set<Promise<unknown>>()
  #appended = 0

  constructor(rooms: Rooms, options: ResolvedOptions) {
    this.#rooms = rooms
    this.#options = options
  }

  /** Messages that this hub has brought into the log. */
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
    const { promise, resolve, reject } = Promise.withResolvers<Appended>()
    let told = false
    const tell = (appended: Appended): void => {
      if (!told) landed?.(appended)
      told = true
      resolve(appended)
    }
    const settle = this.#open(room, { draft, landed: tell })
    const land = (answer: readonly Appended[], inTime: boolean): void => {
      const [appended] = answer
      if (!appended) {
        settle()
        throw unavailable(new Error('the message log answered an append with nothing'))
      }
      if (inTime) tell(appended)
      if (!appended.duplicate) this.#appended += 1
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
    await Promise.race([Promise.allSettled(this.#waiting), late.promise])
    cancel()
  }

  /** Keeps the room while the append is under way, so that what lands finds whoever is there by then. */
  #open(name: string, landing: Landing): (appended?: Appended) => void {
    const room = this.#rooms.open(name)
    const settle = room.appending(landing)
    return appended => {
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
    const cancel = this.#options.clock.setTimer(() => {
      inTime = false
      settle()
      reject(new HubError('unavailable', 'the message log did not answer in time; try again'))
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
    const tracked = work.catch(reject).finally(() => this.#waiting.delete(tracked))
    this.#waiting.add(tracked)
  }
}
