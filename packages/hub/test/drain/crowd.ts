import { systemClock } from '@hubbub/hub'
import { type Record, Traveller } from './traveller.ts'

/** Who they are and where they go. */
export interface CrowdOptions {
  readonly first: number
  readonly count: number
  /** The hub they come from. */
  readonly from: string
  /** The hub they go to once they are told to. */
  readonly to: string
  /** How many of them write, and how often each. */
  readonly writers: number
  readonly intervalMs: number
  /** How long they wait for what must come; what has not come by then is found in the records. */
  readonly patienceMs: number
}

/** How many come in at once. */
const BATCH = 20
/** One in so many tries the hub that it came from first, as behind a balancer that has not noticed. */
const STUBBORN = 5

/** Clients of one thread. What each method answers can be sent to another. */
export class Crowd {
  readonly #options: CrowdOptions
  readonly #travellers: Traveller[] = []
  #moving = false

  constructor(options: CrowdOptions) {
    this.#options = options
  }

  /** Resolves when all have joined. */
  async join(): Promise<void> {
    const { first, count, from, to } = this.#options
    const route = (number: number, attempt: number): string =>
      this.#moving && !(attempt === 1 && number % STUBBORN === 0) ? to : from
    for (let done = 0; done < count; done += BATCH) {
      const batch = Array.from(
        { length: Math.min(BATCH, count - done) },
        (_, i) => new Traveller(first + done + i, route),
      )
      this.#travellers.push(...batch)
      await Promise.all(batch.map(({ ready }) => ready))
    }
  }

  write(): void {
    const { writers, intervalMs } = this.#options
    for (const traveller of this.#travellers.slice(0, writers)) traveller.start(intervalMs)
  }

  /** From now on those who are let go go to the other hub. */
  move(): void {
    this.#moving = true
  }

  /** Resolves when all are back, or it took too long. */
  async back(): Promise<void> {
    await this.#inPatience(Promise.all(this.#travellers.map(traveller => traveller.connected(2))))
  }

  /** Writes no more; resolves with the newest place that was acknowledged. */
  async settle(): Promise<number> {
    await this.#inPatience(Promise.all(this.#travellers.map(traveller => traveller.settle())))
    return Math.max(0, ...this.#travellers.flatMap(({ record }) => [...record.acks.values()]))
  }

  /** Resolves with what they have written down once all have this message, or it took too long. */
  async records(newest: number): Promise<readonly Record[]> {
    await this.#inPatience(Promise.all(this.#travellers.map(traveller => traveller.has(newest))))
    return this.#travellers.map(({ record }) => record)
  }

  async close(): Promise<void> {
    await Promise.all(this.#travellers.map(traveller => traveller.close()))
  }

  async #inPatience(work: Promise<unknown>): Promise<void> {
    const late = Promise.withResolvers<void>()
    const cancel = systemClock.setTimer(late.resolve, this.#options.patienceMs)
    await Promise.race([work, late.promise])
    cancel()
  }
}
