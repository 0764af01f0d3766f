import type { Command } from './broker/broker.ts'
import { callAt, type Clock } from './clock.ts'
import { type BotCommand, type Call, userMessageOf } from './command.ts'
import { traceCommand } from './trace.ts'

/** Rejects a delivery, so that the broker gives the command to another bot. */
export class GivenBack extends Error {
  override readonly name = 'GivenBack'
}

/** What a job needs of its bot. */
export interface JobContext {
  readonly clock: Clock
  /** Waits for a place, then runs; the place is free again when what it runs has settled. */
  readonly line: (run: () => Promise<string | undefined>) => Promise<string | undefined>
  /** Told of errors that have no text for the user. */
  readonly onError: (error: unknown, command: Command) => void
}

/**
 * One command in hand: waits for its place, runs within its budget, and ends in exactly one way. The budget
 * is what is left until the command's deadline, or the command's own timeout where that is shorter.
 */
export class Job {
  /** The reply's text; undefined where it is too late to answer. Rejects with GivenBack, and with nothing else. */
  readonly outcome: Promise<string | undefined>
  readonly #command: Command
  readonly #known: BotCommand
  readonly #context: JobContext
  readonly #abort = new AbortController()
  readonly #released = Promise.withResolvers<never>()
  #state: 'waiting' | 'running' | 'done' = 'waiting'

  constructor(command: Command, known: BotCommand, context: JobContext) {
    this.#command = command
    this.#known = known
    this.#context = context
    this.outcome = this.#settle()
  }

  get state(): 'waiting' | 'running' | 'done' {
    return this.#state
  }

  /** Ends the job without an answer. Harmless when it is done. */
  giveBack(): void {
    if (this.#state === 'done') return
    const reason = new GivenBack(`/${this.#command.name} is given back: the bot is stopping`)
    this.#released.reject(reason)
    this.#abort.abort(reason)
  }

  async #settle(): Promise<string | undefined> {
    try {
      return await Promise.race([this.#released.promise, this.#context.line(() => this.#run())])
    } finally {
      this.#state = 'done'
    }
  }

  async #run(): Promise<string | undefined> {
    const { clock, onError } = this.#context
    const { deadline, id, args, room, author, name } = this.#command
    const { signal } = this.#abort
    // It may have been given back, or have become too old, while it waited for its place.
    if (signal.aborted || clock.now() >= deadline) return undefined
    this.#state = 'running'
    const end = Math.min(deadline, clock.now() + this.#known.timeout)
    const cancel = callAt(clock, end, () => {
      this.#abort.abort(new DOMException(`/${name} ran out of time`, 'TimeoutError'))
    })
    const call: Call = { id, text: args, room, author, signal, deadline: end }
    try {
      // A run that does not listen to its signal goes on, but nobody waits for it any more.
      const answer = traceCommand(() => this.#known.answer(call), this.#command)
      const text = await Promise.race([answer, aborted(signal)])
      return clock.now() < deadline ? text : undefined
    } catch (thrown) {
      const error: unknown = signal.aborted ? signal.reason : thrown
      if (error instanceof GivenBack) throw error
      if (userMessageOf(error) === undefined) onError(error, this.#command)
      return clock.now() < deadline ? this.#known.explain(error, call) : undefined
    } finally {
      cancel()
    }
  }
}

/** Rejects when the signal aborts. The signal is the job's own, so the listener goes with it. */
function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  signal.addEventListener('abort', () => {
    reject(signal.reason)
  })
  return promise
}
