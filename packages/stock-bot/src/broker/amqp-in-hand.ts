import type { Delivery } from '@hubbub/hub/amqp'

/** How a delivery ends: taken, given back, or given up. */
export type Outcome = 'ack' | 'requeue' | 'dead'

const REMEMBERED = 1_000

/**
 * One run per message id, however often its message comes: after a lost connection the broker delivers again
 * what is still being worked on, and what was finished but whose acknowledgement came too late.
 */
export class InHand {
  readonly #running = new Map<string, { readonly deliveries: Delivery[]; readonly done: Promise<void> }>()
  readonly #finished = new Set<string>()

  /** Runs `work` for a message, unless it runs or ran already, and settles all its deliveries as that says. */
  async take(id: string, delivery: Delivery, work: () => Promise<Outcome>): Promise<void> {
    if (this.#finished.has(id)) {
      delivery.ack()
      return
    }
    const running = this.#running.get(id)
    if (running) {
      running.deliveries.push(delivery)
      return
    }
    const { promise: done, resolve } = Promise.withResolvers<void>()
    const deliveries = [delivery]
    this.#running.set(id, { deliveries, done })
    try {
      const outcome = await work()
      if (outcome === 'ack') this.#remember(id)
      for (const each of deliveries) settle(each, outcome)
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
    this.#finished.add(id)
    for (const oldest of this.#finished) {
      if (this.#finished.size <= REMEMBERED) break
      this.#finished.delete(oldest)
    }
  }
}

function settle(delivery: Delivery, outcome: Outcome): void {
  if (outcome === 'ack') delivery.ack()
  else delivery.nack(outcome === 'requeue')
}
