import type { Clock } from './clock.ts'
import { HubError } from './errors.ts'

/** What is answered to a frame for which there is no room in the line. */
export const lineFull = (limit: number): HubError =>
  new HubError('rate-limited', `at most ${limit} frames may wait; send the next when some are answered`, {
    retryAfterMs: 1_000,
  })

/** Whose line it is. */
export interface LineOwner {
  /** Whether so much is owed that an answer might not fit: then the next frame waits for `relieve`. */
  readonly congested: boolean
  /**
   * Handles a frame that has waited so long in the line. A promise keeps the line until it settles. MUST NOT throw or
   * reject.
   */
  handle(text: string, waitedMs: number): Promise<void> | undefined
  /** There was no room for a frame; how many that makes in a row. */
  refuse(text: string, inARow: number): void
  /** Nothing is being handled any more, after something was. */
  idle(): void
}

/**
 * A session's line: frames are handled one after another, in the order of arrival, across every await.
 * A handler that returns a promise keeps the line until it settles; one that returns nothing lets it go on.
 */
export class InboundLine {
  readonly #owner: LineOwner
  readonly #limit: number
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #waiting: { readonly text: string; readonly since: number }[] = []
  #busy = false
  #refused = 0
  /** Lets the frame go on that waits for the owner to be relieved. */
  #relieve: (() => void) | undefined

  /** @param limit How many frames may wait. */
  constructor(owner: LineOwner, limit: number, clock: Pick<Clock, 'monotonic'>) {
    this.#owner = owner
    this.#limit = limit
    this.#clock = clock
  }

  /** Whether a frame is being handled. */
  get busy(): boolean {
    return this.#busy
  }

  /** Whether a frame waits for the owner to be relieved. */
  get held(): boolean {
    return this.#relieve !== undefined
  }

  push(text: string): void {
    if (!this.#busy) {
      this.#refused = 0
      this.#run(text, undefined)
    } else if (this.#waiting.length < this.#limit) {
      this.#refused = 0
      this.#waiting.push({ text, since: this.#clock.monotonic() })
    } else {
      this.#refused += 1
      this.#owner.refuse(text, this.#refused)
    }
  }

  /** The owner is not congested any more, or does not care. */
  relieve(): void {
    this.#relieve?.()
    this.#relieve = undefined
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting.length = 0
    this.relieve()
  }

  /** @param since when the first one came; undefined where that is now. */
  #run(first: string, since: number | undefined): void {
    let text = first
    let came = since
    for (;;) {
      const work = this.#owner.congested ? this.#handleLater(text, came) : this.#handle(text, came)
      if (work) {
        this.#busy = true
        void work.then(() => {
          this.#busy = false
          const next = this.#waiting.shift()
          if (next) this.#run(next.text, next.since)
          if (!this.#busy) this.#owner.idle()
        })
        return
      }
      const next = this.#waiting.shift()
      if (!next) return
      text = next.text
      came = next.since
    }
  }

  #handle(text: string, since: number | undefined): Promise<void> | undefined {
    return this.#owner.handle(text, since === undefined ? 0 : this.#clock.monotonic() - since)
  }

  async #handleLater(text: string, since: number = this.#clock.monotonic()): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#relieve = resolve
    await promise
    await this.#handle(text, since)
  }
}
