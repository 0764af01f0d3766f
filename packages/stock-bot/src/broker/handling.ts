import type { Clock } from '../clock.ts'
import type { Deadline, DeadlineQueue } from '../deadline-queue.ts'
import type { Command, HandlerContext } from './broker.ts'

/** What all commands in the hands of one broker's handlers share. */
export interface HandlingOptions {
  readonly clock: Clock
  readonly deadlines: DeadlineQueue
}

/**
 * One command in a handler's hand. Its signal, and the wait for its deadline, begin when a handler first reads
 * it: an AbortController costs more than all the rest of a command in this process.
 */
export class Handling implements HandlerContext {
  readonly #command: Command
  readonly #options: HandlingOptions
  #abort: AbortController | undefined
  #deadline: Deadline | undefined
  /** Why it ended before its handler had. */
  #reason: Error | undefined
  #isOver = false

  constructor(command: Command, options: HandlingOptions) {
    this.#command = command
    this.#options = options
  }

  get signal(): AbortSignal {
    if (this.#abort) return this.#abort.signal
    this.#abort = new AbortController()
    if (this.aborted) this.#abort.abort(this.#reason ?? this.#late())
    else if (!this.#isOver)
      this.#deadline = this.#options.deadlines.add(this.#command.deadline, () => {
        this.abort(this.#late())
      })
    return this.#abort.signal
  }

  get aborted(): boolean {
    if (this.#reason) return true
    return !this.#isOver && this.#options.clock.now() >= this.#command.deadline
  }

  /** Tells the handler that nobody wants its answer any more. */
  abort(reason: Error): void {
    if (this.#isOver || this.#reason) return
    this.#reason = reason
    this.#deadline?.cancel()
    this.#abort?.abort(reason)
  }

  /** The handler is done: its signal stays as it is. */
  end(): void {
    this.#isOver = true
    this.#deadline?.cancel()
  }

  #late(): Error {
    return new DOMException(`the deadline of /${this.#command.name} has passed`, 'TimeoutError')
  }
}
