import { type Backoff, reconnectDelay } from './backoff.ts'

/** How a host's turn ended: it was there and is gone, it was not there, or only a person can help. */
export type TurnEnd = 'lost' | 'failed' | 'hopeless'

const HOPELESS_DELAY_MS = 5_000

/**
 * Whose turn it is. Each host has a backoff of its own: one that is down keeps none of the others waiting, and
 * none is asked more often because there are others.
 */
export class HostTurns {
  readonly #hosts: readonly { readonly url: string; failures: number; notBefore: number }[]
  readonly #backoff: Backoff
  readonly #random: () => number
  #turn = 0

  constructor(urls: readonly string[], backoff: Backoff, random: () => number) {
    this.#hosts = urls.map(url => ({ url, failures: 0, notBefore: -Infinity }))
    this.#backoff = backoff
    this.#random = random
  }

  /** The address of the host whose turn it is. */
  get url(): string {
    return this.#hosts[this.#turn]?.url ?? ''
  }

  /**
   * Ends this host's turn. The next one is the first that may be asked already, or else the first that may be.
   * @param now by a monotonic clock, in milliseconds
   * @returns the milliseconds until the next turn begins
   */
  end(how: TurnEnd, now: number): number {
    const host = this.#hosts[this.#turn]
    if (!host) return 0
    host.failures = how === 'lost' ? 0 : host.failures + 1
    const delay =
      how === 'hopeless'
        ? HOPELESS_DELAY_MS
        : reconnectDelay(this.#backoff, Math.max(0, host.failures - 1), this.#random)
    host.notBefore = now + delay
    const others = [...this.#hosts.keys()].map(i => (this.#turn + 1 + i) % this.#hosts.length)
    const waits = others.map(i => ({ i, ms: Math.max(0, (this.#hosts[i]?.notBefore ?? 0) - now) }))
    const next = waits.reduce((best, each) => (each.ms < best.ms ? each : best))
    this.#turn = next.i
    // Whoever was on a host that died is not to come to the next one in the same moment as all the others.
    return Math.round(next.ms > 0 ? next.ms : this.#random() * this.#backoff.min)
  }
}
