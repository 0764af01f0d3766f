/** Lets callers wait until something holds, without polling: whoever changes it calls `wake`. */
export class Waiters {
  readonly #waiting = new Set<() => void>()

  /** Resolves when `holds()`; rejects with the signal's reason when that aborts first. */
  async until(holds: () => boolean, signal?: AbortSignal): Promise<void> {
    while (!holds()) {
      signal?.throwIfAborted()
      const { promise, resolve } = Promise.withResolvers<void>()
      const wake = (): void => {
        resolve()
      }
      this.#waiting.add(wake)
      signal?.addEventListener('abort', wake, { once: true })
      await promise
      this.#waiting.delete(wake)
      signal?.removeEventListener('abort', wake)
    }
  }

  /** Has everybody look again. */
  wake(): void {
    for (const wake of this.#waiting) wake()
  }
}
