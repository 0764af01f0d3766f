import type { Delivery } from '@hubbub/hub/amqp'

/** How a delivery ends: taken, given back, given up, or given up and with the dead letters already. */
export type Outcome = 'ack' | 'requeue' | 'dead' | 'buried'

/** Ends a delivery. */
export type Settle = (outcome: Outcome) => void

/** At least so many of the last ones are remembered, and at most twice as many. */
const REMEMBERED = 1_000

/**
 * One run per message id, however often its message comes: after a lost connection the broker delivers again
 * what is still being worked on, and what was finished but whose acknowledgement came too late.
 */
export class InHand {
  readonly #running = new Map<string, { readonly settles: Settle[]; readonly done: Promise<void> }>()
  // Two sets that are thrown away whole: one that loses its oldest entry each time is walked past all the gaps.
  #finished = new Set<string>()
  #finishedBefore = new Set<string>()

  /** Runs `work` for a message, unless it runs or ran already, and settles all its deliveries as that says. */
  async take(id: string, settle: Settle, work: () => Promise<Outcome>): Promise<void> {
    if (this.#finished.has(id) || this.#finishedBefore.has(id)) {
      settle('ack')
      return
    }
    const running = this.#running.get(id)
    if (running) {
      running.settles.push(settle)
      return
    }
    const { promise: done, resolve } = Promise.withResolvers<void>()
    const settles = [settle]
    this.#running.set(id, { settles, done })
    try {
      const outcome = await work()
      if (outcome === 'ack') this.#remember(id)
      for (const each of settles) each(outcome)
    } finally {
      this.#running.delete(id)
      resolve()
    }
  }

  /** Resolves when nothing that runs now runs any more. */
  async idle(): Promise<void> {
    await Promise.all(Array.from(this.#running.values(), ({ done }) => done))
  }

  #remember(id: string): void {
    if (this.#finished.size === REMEMBERED) {
      this.#finishedBefore = this.#finished
      this.#finished = new Set()
    }
    this.#finished.add(id)
  }
}

/** Ends a delivery as it says. */
export function settle(delivery: Delivery, outcome: Outcome): void {
  if (outcome === 'ack' || outcome === 'buried') delivery.ack()
  else delivery.nack(outcome === 'requeue')
}
