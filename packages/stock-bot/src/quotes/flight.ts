/** One question under way, however many wait for its answer. */
import { untilAborted } from './aborted.ts'
import { askSource, givenUp } from './ask.ts'
import type { AskOptions, QuoteResult, QuoteSource } from './source.ts'

/** What a question came to, by symbol. */
export type Landed = ReadonlyMap<string, QuoteResult>

/**
 * A question that goes out at once and is aborted when the last one who holds it has let go. Its deadline is the
 * latest of those who hold it: who came first and has little time must not cut short who joined later.
 */
export class Flight {
  readonly keys: readonly string[]
  /** Resolves always, and at once when the question is aborted. */
  readonly results: Promise<Landed>
  readonly #controller = new AbortController()
  readonly #onOver: (landed: Landed | undefined) => void
  #deadline: number | undefined
  #holders = 0
  #over = false

  /**
   * `onOver` is called once and synchronously when nobody may join any more: with the results, or with
   * undefined right before the question is aborted.
   */
  constructor(
    source: QuoteSource,
    keys: readonly string[],
    deadline: number | undefined,
    onOver: (landed: Landed | undefined) => void,
  ) {
    this.keys = keys
    this.#deadline = deadline
    this.#onOver = onOver
    const latest = (): number | undefined => this.#deadline
    const options: AskOptions = {
      signal: this.#controller.signal,
      get deadline() {
        return latest()
      },
    }
    this.results = askSource(source, keys, options).then(answers => {
      const landed = new Map(keys.map((key, index) => [key, answers[index] ?? givenUp(source.name)]))
      this.#end(landed)
      return landed
    })
  }

  /** Keeps the question alive until as many `release()` have come. */
  hold(): void {
    this.#holders += 1
  }

  release(): void {
    this.#holders -= 1
    if (this.#holders === 0) this.abort('nobody waits for this quote any more')
  }

  /** Harmless when it is over. */
  abort(why: string): void {
    if (this.#over) return
    // First: who asks from now on must not join a question that is being aborted.
    this.#end(undefined)
    this.#controller.abort(new DOMException(why, 'AbortError'))
  }

  /** Waits for the answer; undefined where the waiter's own signal ended the waiting. */
  async wait({ signal, deadline }: AskOptions): Promise<Landed | undefined> {
    this.hold()
    this.#deadline = later(this.#deadline, deadline)
    try {
      return await untilAborted(this.results, signal)
    } catch {
      return undefined
    } finally {
      this.release()
    }
  }

  #end(landed: Landed | undefined): void {
    if (this.#over) return
    this.#over = true
    this.#onOver(landed)
  }
}

/** The later of two deadlines; undefined is none, and so the latest. */
function later(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : Math.max(one, other)
}
