/** Most lines that are kept while nobody may write; the oldest go first. */
const KEPT = 20

/** Passes lines on, or keeps the newest of them while they must not be written. */
export class Journal {
  readonly #say: (line: string) => void
  #held: string[] | undefined

  constructor(say: (line: string) => void) {
    this.#say = say
  }

  tell(line: string): void {
    if (!this.#held) {
      this.#say(line)
      return
    }
    this.#held.push(line)
    if (this.#held.length > KEPT) this.#held.shift()
  }

  hold(): void {
    this.#held ??= []
  }

  /** Says what was held, and holds no more. */
  release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const line of held) this.#say(line)
  }
}
