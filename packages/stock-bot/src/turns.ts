import type { Call } from './command.ts'
import { type Entrant, Places } from './places.ts'

/** How the commands of one name take turns. */
export interface TurnOptions {
  /** The bot's places. */
  readonly all: Places
  /** The command's own, where it has a limit of its own. */
  readonly own: Places | undefined
  /** Commands of one key take turns, in the order in which they came. */
  readonly key: ((call: Call) => string) | undefined
}

/** Gives each command of one name its turn: behind others of its key first, then behind the command's own limit. */
export class Turns {
  readonly #shared: readonly Places[]
  readonly #key: TurnOptions['key']
  readonly #byKey = new Map<string, Places>()

  constructor({ all, own, key }: TurnOptions) {
    // Its own limit comes first: a command that is at it must not keep places that others could use.
    this.#shared = own ? [own, all] : [all]
    this.#key = key
  }

  /** Keys of which a command is in hand. */
  get keys(): number {
    return this.#byKey.size
  }

  /**
   * Calls `begin` when it is this call's turn, which may be within this call.
   * @throws what the command's `key` throws, and TypeError where that returns no string
   */
  take(call: Call, begin: () => void): Turn {
    if (!this.#key) return new Turn(this.#shared, begin)
    const key: unknown = this.#key(call)
    if (typeof key !== 'string')
      throw new TypeError(`key of /${call.name} must return a string, got ${typeof key}`)
    const places = this.#byKey.get(key) ?? new Places(1)
    this.#byKey.set(key, places)
    return new Turn([places, ...this.#shared], begin, () => {
      // A turn may end twice, when others have come and gone in between.
      if (places.isIdle && this.#byKey.get(key) === places) this.#byKey.delete(key)
    })
  }
}

/** A command's turn, from its wait for it until it is over. */
export class Turn implements Entrant {
  readonly #stages: readonly Places[]
  readonly #begin: () => void
  readonly #onEnd: (() => void) | undefined
  #entered = 0
  #isOver = false

  constructor(stages: readonly Places[], begin: () => void, onEnd?: () => void) {
    this.#stages = stages
    this.#begin = begin
    this.#onEnd = onEnd
    this.#goOn()
  }

  enter(): void {
    if (this.#isOver) {
      // The place was on its way when this ended.
      this.#stages[this.#entered]?.leave()
      this.#onEnd?.()
      return
    }
    this.#entered += 1
    this.#goOn()
  }

  /** Ends it, begun or not: whoever is next goes on. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#stages[this.#entered]?.forget(this)
    for (let stage = this.#entered - 1; stage >= 0; stage -= 1) this.#stages[stage]?.leave()
    this.#onEnd?.()
  }

  #goOn(): void {
    const next = this.#stages[this.#entered]
    if (next) next.take(this)
    else this.#begin()
  }
}
