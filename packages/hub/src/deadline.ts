import type { Clock } from './clock.ts'
import { HubError } from './errors.ts'
import type { Awaitable } from './log.ts'

const LOG = 'the message log'

/** How long the hub waits for its log. */
export class Deadline {
  readonly #clock: Clock
  readonly #ms: number

  constructor(clock: Clock, ms: number) {
    this.#clock = clock
    this.#ms = ms
  }

  /**
   * Waits for what `ask` asks of the log; then rejects with `unavailable`, and what is answered later is not seen
   * here. An answer that is there already costs no timer.
   */
  async within<T>(ask: () => Awaitable<T>): Promise<T> {
    try {
      const work = ask()
      return work instanceof Promise ? await this.#wait(work) : work
    } catch (cause) {
      if (cause instanceof HubError) throw cause
      throw new HubError('unavailable', `${LOG} is not available; try again`, { cause })
    }
  }

  async #wait<T>(work: Promise<T>): Promise<T> {
    const { promise: late, reject: refuse } = Promise.withResolvers<never>()
    const cancel = this.#clock.setTimer(() => {
      refuse(new HubError('unavailable', `${LOG} did not answer in time; try again`))
    }, this.#ms)
    try {
      return await Promise.race([work, late])
    } finally {
      cancel()
    }
  }
}
