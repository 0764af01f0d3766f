import type { Cancel, Clock } from './clock.ts'
import { HubError, stopping } from './errors.ts'
import type { Awaitable } from './log.ts'

const LOG = 'the message log'

/** How long the hub waits for its log. What still waits when it is closed is refused, and leaves no timer. */
export class Deadline {
  readonly #clock: Clock
  readonly #ms: number
  readonly #waiting = new Set<{ readonly cancel: Cancel; readonly refuse: (error: HubError) => void }>()
  #closed = false

  constructor(clock: Clock, ms: number) {
    this.#clock = clock
    this.#ms = ms
  }

  /**
   * Waits for what `ask` asks of the log; then rejects with `unavailable`, and what is answered later is not seen
   * here. An answer that is there already costs no timer.
   */
  async within<T>(ask: () => Awaitable<T>): Promise<T> {
    if (this.#closed) throw stopping()
    try {
      const work = ask()
      return work instanceof Promise ? await this.#wait(work) : work
    } catch (cause) {
      if (cause instanceof HubError) throw cause
      throw new HubError('unavailable', `${LOG} is not available; try again`, { cause })
    }
  }

  close(): void {
    this.#closed = true
    for (const { cancel, refuse } of this.#waiting) {
      cancel()
      refuse(stopping())
    }
    this.#waiting.clear()
  }

  async #wait<T>(work: Promise<T>): Promise<T> {
    const { promise: late, reject: refuse } = Promise.withResolvers<never>()
    const cancel = this.#clock.setTimer(() => {
      refuse(new HubError('unavailable', `${LOG} did not answer in time; try again`))
    }, this.#ms)
    const waiting = { cancel, refuse }
    this.#waiting.add(waiting)
    try {
      return await Promise.race([work, late])
    } finally {
      cancel()
      this.#waiting.delete(waiting)
    }
  }
}
