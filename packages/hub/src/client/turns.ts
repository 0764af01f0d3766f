/**
 * Joins and questions without an answer at a time. A server lets 64 frames of a session wait: with the 32 publishes
 * that may be under way, some of those are left for what takes no turn (`typing`, `ping`).
 */
const WINDOW = 24

/**
 * Who may ask the server something next. Requests go out in the order in which they were made, and at most so many
 * wait for their answer, so that a client with a hundred rooms does not flood its server when it comes back.
 */
export class Turns {
  /** Asked on this connection and not answered: a server answers everything, also what nobody waits for any more. */
  readonly #asked = new Set<string>()
  readonly #waiting = new Map<string, () => void>()

  /** Calls `send` when it is this request's turn: at once, where there is one. */
  take(id: string, send: () => void): void {
    this.#waiting.set(id, send)
    this.#next()
  }

  /** The request is not made any more. One that is under way keeps its turn until the answer has come. */
  withdraw(id: string): void {
    this.#waiting.delete(id)
  }

  /** Something came that answers the request with this id. */
  answered(id: string): void {
    if (this.#asked.delete(id)) this.#next()
  }

  /** The connection is gone, and with it what was asked; who wants to know asks again. */
  clear(): void {
    this.#asked.clear()
    this.#waiting.clear()
  }

  #next(): void {
    for (const [id, send] of this.#waiting) {
      if (this.#asked.size >= WINDOW) return
      this.#waiting.delete(id)
      this.#asked.add(id)
      send()
    }
  }
}
