/** Deliveries of one load, counted one by one. */

/** Messages of one run at most. */
const CAPACITY = 1_000_000
/** Latencies are counted in steps of this. */
const STEP_MS = 0.05
const STEPS = 400_000

/** What was counted. */
export interface Counts {
  readonly deliveries: number
  /** Deliveries that never came. */
  readonly lost: number
  /** Deliveries that came again, or behind a later one of the same sender. */
  readonly doubled: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Who has received what. Sender `s` of `senders` sends the messages s, s + senders, s + 2 × senders, … */
export class Tally {
  readonly #clients: number
  readonly #senders: number
  /** The next message of each sender that each client must get. */
  readonly #next: Int32Array
  readonly #sentAt = new Float64Array(CAPACITY)
  readonly #missing = new Int32Array(CAPACITY)
  readonly #latencies = new Uint32Array(STEPS + 1)
  #deliveries = 0
  #doubled = 0
  #missingInAll = 0

  constructor(clients: number, senders: number) {
    this.#clients = clients
    this.#senders = senders
    this.#next = Int32Array.from({ length: clients * senders }, (_, index) => index % senders)
  }

  /** Deliveries that are still to come. */
  get missing(): number {
    return this.#missingInAll
  }

  /** Counts from here on; what was sent before and has not come stays lost. */
  reset(): void {
    this.#latencies.fill(0)
    this.#deliveries = 0
  }

  sent(n: number, now: number): void {
    if (n >= CAPACITY) throw new RangeError(`a run has at most ${CAPACITY} messages`)
    this.#sentAt[n] = now
    this.#missing[n] = this.#clients
    this.#missingInAll += this.#clients
  }

  /** True when `client` was the last who waited for message `n`. */
  received(client: number, n: number, now: number): boolean {
    const place = client * this.#senders + (n % this.#senders)
    const next = this.#next[place] ?? 0
    if (n < next) {
      this.#doubled += 1
      return false
    }
    this.#next[place] = n + this.#senders
    const step = Math.min(STEPS, Math.floor((now - (this.#sentAt[n] ?? now)) / STEP_MS))
    this.#latencies[step] = (this.#latencies[step] ?? 0) + 1
    this.#deliveries += 1
    this.#missingInAll -= 1
    const missing = (this.#missing[n] ?? 0) - 1
    this.#missing[n] = missing
    return missing === 0
  }

  counts(): Counts {
    return {
      deliveries: this.#deliveries,
      lost: this.#missingInAll,
      doubled: this.#doubled,
      p50Ms: this.#percentile(0.5),
      p99Ms: this.#percentile(0.99),
    }
  }

  #percentile(part: number): number {
    let left = this.#deliveries * part
    const step = this.#latencies.findIndex(count => {
      left -= count
      return left <= 0
    })
    return (step + 1) * STEP_MS
  }
}
