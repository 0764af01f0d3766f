/** Bounds of the waits between two attempts, in milliseconds. */
export interface BackoffRange {
  readonly minMs: number
  readonly maxMs: number
}

/** The design's waits. */
export const DEFAULT_BACKOFF: BackoffRange = { minMs: 250, maxMs: 15_000 }

/**
 * Exponential backoff with full jitter: the nth wait is uniform in [0, min(maxMs, minMs × 2ⁿ)), n from 0. Full
 * jitter spreads a crowd best for the work it costs (M. Brooker, "Exponential Backoff And Jitter", AWS
 * Architecture Blog, 2015).
 */
export class Backoff {
  readonly #range: BackoffRange
  readonly #random: () => number
  #failures = 0

  constructor(range: BackoffRange, random: () => number) {
    this.#range = range
    this.#random = random
  }

  /** How long to wait now; the next wait may be twice as long. */
  next(): number {
    const { minMs, maxMs } = this.#range
    const cap = Math.min(maxMs, minMs * 2 ** this.#failures)
    this.#failures += 1
    return this.#random() * cap
  }

  /** It works again: the next wait is a short one. */
  reset(): void {
    this.#failures = 0
  }
}
