import { LRUCache } from 'lru-cache'
import type { BotStats, StopReport } from './bot-options.ts'
import type { Command, HandlerContext, Reply } from './broker/broker.ts'
import type { Clock } from './clock.ts'
import type { BotCommand } from './command.ts'
import { DeadlineQueue } from './deadline-queue.ts'
import { type Ending, GivenBack, Job } from './job.ts'
import type { BotMiddleware } from './middleware.ts'
import { Places } from './places.ts'
import { replyText } from './reply-text.ts'
import type { ReplyTransformer } from './transform.ts'
import { Turns } from './turns.ts'

/** Answers that are kept for a redelivery: it must not run the command again. */
const KEPT_ANSWERS = 1_000

/** What a runner needs of its bot. */
export interface RunnerOptions {
  /** The bot's shown name. */
  readonly name: string
  readonly clock: Clock
  /** How many commands may run at once. */
  readonly concurrency: number
  readonly commands: readonly BotCommand[]
  readonly onError: (error: unknown, command: Command) => void
}

/** Runs a bot's commands, wherever they come from, and makes replies of what comes of them. */
export class JobRunner {
  readonly #options: RunnerOptions
  readonly #turns = new Map<BotCommand, Turns>()
  readonly #deadlines: DeadlineQueue
  readonly #jobs = new Set<Job>()
  readonly #answers = new LRUCache<string, Promise<Reply | undefined>>({ max: KEPT_ANSWERS })
  readonly #counts = { answered: 0, expired: 0, returned: 0 }
  #middleware: readonly BotMiddleware[] = []
  #transformers: readonly ReplyTransformer[] = []
  #closed = false

  constructor(options: RunnerOptions) {
    const { clock, commands, concurrency } = options
    this.#options = options
    this.#deadlines = new DeadlineQueue(clock)
    const all = new Places(concurrency)
    for (const command of commands) {
      const { concurrency: own, key } = command
      const limit = own === undefined ? undefined : new Places(Math.min(own, concurrency))
      this.#turns.set(command, new Turns({ all, own: limit, key }))
    }
  }

  use(middleware: BotMiddleware): void {
    this.#middleware = [...this.#middleware, middleware]
  }

  transform(transformer: ReplyTransformer): void {
    this.#transformers = [...this.#transformers, transformer]
  }

  /** The reply to a command; undefined where it is too late for one. Rejects with GivenBack. */
  take(known: BotCommand, command: Command, inHand?: HandlerContext): Promise<Reply | undefined> {
    if (this.#closed) {
      this.#counts.returned += 1
      return Promise.reject(new GivenBack(`${this.#options.name} is stopping`))
    }
    // A retry may come while the first is still in hand, or again after it was answered: one run for all.
    const before = this.#answers.get(command.id)
    if (before) return before
    const answer = this.#answer(known, command, inHand)
    this.#answers.set(command.id, answer)
    return answer
  }

  stats(): BotStats {
    return {
      ...this.#counts,
      running: this.#jobsIn('running').length,
      waiting: this.#jobsIn('waiting').length,
    }
  }

  /** Takes no more. */
  close(): void {
    this.#closed = true
  }

  /**
   * Gives back what has not begun, lets what runs end within `deadline` milliseconds, and gives back the rest.
   * Resolves with what became of it.
   */
  async drain(deadline: number): Promise<StopReport> {
    const running = this.#jobsIn('running')
    const waiting = this.#jobsIn('waiting')
    for (const job of waiting) job.giveBack()
    const over = Promise.withResolvers<void>()
    const cancel = this.#options.clock.setTimer(over.resolve, deadline)
    await Promise.race([Promise.allSettled(running.map(({ ending }) => ending)), over.promise])
    cancel()
    const cut = running.filter(({ state }) => state !== 'done')
    for (const job of cut) job.giveBack()
    return { completed: running.length - cut.length, requeued: waiting.length, aborted: cut.length }
  }

  #jobsIn(state: Job['state']): Job[] {
    return Array.from(this.#jobs).filter(job => job.state === state)
  }

  async #answer(known: BotCommand, command: Command, inHand?: HandlerContext): Promise<Reply | undefined> {
    const turns = this.#turns.get(known)
    if (!turns) throw new Error(`/${known.name} is not of this bot`)
    const { clock, onError } = this.#options
    const context = {
      clock,
      deadlines: this.#deadlines,
      turns,
      middleware: this.#middleware,
      transformers: this.#transformers,
      onError,
    }
    const job = new Job(command, known, context, inHand)
    this.#jobs.add(job)
    try {
      return this.#end(command, await job.ending)
    } catch (error) {
      this.#counts.returned += 1
      this.#answers.delete(command.id)
      throw error
    } finally {
      this.#jobs.delete(job)
    }
  }

  #end(command: Command, ending: Ending | undefined): Reply | undefined {
    const isExpired = ending === undefined || ending.outcome === 'expired'
    this.#counts[isExpired ? 'expired' : 'answered'] += 1
    if (ending) return this.#reply(command, replyText(ending.text))
    this.#answers.delete(command.id)
    return undefined
  }

  #reply({ id, commandId, room, replyTo, traceparent, tracestate }: Command, text: string): Reply {
    const { name } = this.#options
    return {
      id: `re:${id}`,
      commandId,
      room,
      text,
      author: { id: `bot:${name}`, name },
      to: replyTo,
      ...(traceparent !== undefined && { traceparent }),
      ...(tracestate !== undefined && { tracestate }),
    }
  }
}
