/**
 * Lets `next` be called once, and not behind the end of whoever has it: each further call rejects.
 * @param who names the caller in the rejection
 */
export class Once<Args extends readonly unknown[], T> {
  readonly #who: string
  readonly #next: (...args: Args) => Promise<T>
  #following: Promise<T> | undefined
  #isOver = false

  constructor(who: string, next: (...args: Args) => Promise<T>) {
    this.#who = who
    this.#next = next
  }

  readonly call = (...args: Args): Promise<T> => {
    if (this.#following) return Promise.reject(new Error(`${this.#who} called next() twice`))
    if (this.#isOver) return Promise.reject(new Error(`${this.#who} called next() after it had ended`))
    this.#following = this.#next(...args)
    // Whoever does not wait for it must not end the process when it fails.
    this.#following.catch(() => undefined)
    return this.#following
  }

  /** What was called, settled or not; undefined where nothing was. From now on, nothing can be. */
  end(): Promise<T> | undefined {
    this.#isOver = true
    return this.#following
  }
}
