import { userMessageOf } from '../command.ts'

/** Commands whose end is remembered until they are settled. */
const REMEMBERED = 10_000

/** How a command's run ended: with an answer, one that refuses, too late, or with an error. */
type Run = 'answered' | 'refused' | 'timeout' | 'failed'

/** The same, and that nobody was given an answer. */
export type Fate = Run | 'unanswered'

/** What became of commands between their delivery and their settlement, by id. */
export class Fates {
  readonly #known = new Map<string, { run: Run; replied: boolean }>()

  deliver(id: string): void {
    this.#known.delete(id)
    // An answer that is kept from before is sent again without a run.
    this.#known.set(id, { run: 'answered', replied: false })
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED) break
      this.#known.delete(oldest)
    }
  }

  begin(id: string): void {
    const fate = this.#known.get(id)
    // A run that does not listen to its signal is still under way when its command is answered.
    if (fate) fate.run = 'timeout'
  }

  end(id: string, error: unknown): void {
    const fate = this.#known.get(id)
    if (fate) fate.run = runOf(error)
  }

  reply(id: string): void {
    const fate = this.#known.get(id)
    if (fate) fate.replied = true
  }

  /** What became of a command that is acknowledged. */
  take(id: string): Fate {
    const fate = this.#known.get(id)
    this.#known.delete(id)
    return fate?.replied === true ? fate.run : 'unanswered'
  }
}

function runOf(error: unknown): Run {
  if (error === undefined) return 'answered'
  if (userMessageOf(error) !== undefined) return 'refused'
  const late = error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')
  return late ? 'timeout' : 'failed'
}
