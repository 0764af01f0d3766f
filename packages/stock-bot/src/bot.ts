import { LRUCache } from 'lru-cache'
import pLimit from 'p-limit'
import { requireBotName } from './bot-name.ts'
import type { Bot, BotOptions, BotStats, InjectOptions, StopReport } from './bot-options.ts'
import type { Command, CommandInfo, Consumer, Reply } from './broker/broker.ts'
import { type Clock, systemClock } from './clock.ts'
import { type BotCommand, requireInteger } from './command.ts'
import { commandTable } from './command-table.ts'
import { GivenBack, Job, type JobContext } from './job.ts'
import { parseCommand } from './parse-command.ts'
import { replyText } from './reply-text.ts'
import { traceDrain } from './trace-events.ts'

/** Answers that are kept for a redelivery: it must not run the command again. */
const KEPT_ANSWERS = 1_000
/** How long a stop waits for the broker to confirm and settle, in milliseconds. */
const SETTLE_MS = 5_000

/**
 * Makes a bot. It does nothing until it is started.
 * @throws TypeError or RangeError where an option is wrong
 * @example
 * await using bot = await createBot({ broker, name: 'dice', commands: [roll] }).start()
 */
export function createBot(options: BotOptions): Bot {
  return new CommandBot(options)
}

class CommandBot implements Bot {
  readonly name: string
  readonly commands: readonly CommandInfo[]
  readonly #options: BotOptions
  readonly #clock: Clock
  readonly #concurrency: number
  readonly #byName: ReadonlyMap<string, BotCommand>
  readonly #contexts = new Map<BotCommand, JobContext>()
  readonly #jobs = new Set<Job>()
  readonly #answers = new LRUCache<string, Promise<Reply | undefined>>({ max: KEPT_ANSWERS })
  readonly #consumers: Consumer[] = []
  readonly #counts = { answered: 0, expired: 0, returned: 0 }
  #injected = 0
  #started = false
  #stopped: Promise<StopReport> | undefined

  constructor(options: BotOptions) {
    const { name = 'stock-bot', concurrency = 16, clock = systemClock, commands } = options
    requireBotName(name)
    requireInteger('concurrency', concurrency, 1, 10_000)
    this.name = name
    this.#options = options
    this.#clock = clock
    this.#concurrency = concurrency
    this.#byName = commandTable(commands)
    this.commands = commands.map(({ name: command, aliases, usage, description }) => ({
      name: command,
      aliases,
      usage,
      description,
      bot: name,
    }))
    const all = pLimit(concurrency)
    for (const command of commands) {
      // Its own limit comes first: a command that is at it must not keep places that others could use.
      const own = command.concurrency === undefined ? undefined : pLimit(this.#concurrencyOf(command))
      this.#contexts.set(command, {
        clock,
        line: run => (own ? own(() => all(run)) : all(run)),
        onError: (error, command) => {
          this.#report(error, command)
        },
      })
    }
  }

  async start(): Promise<Bot> {
    const { broker, commands, signal } = this.#options
    if (!broker) throw new TypeError('createBot needs a broker to start; without one, use inject()')
    if (this.#started) throw new Error('a bot starts once')
    this.#started = true
    signal?.throwIfAborted()
    signal?.addEventListener('abort', this.#onAbort)
    try {
      for (const command of commands)
        await this.#own(
          broker.onCommand(command.name, (given, context) => this.#take(command, given, context.signal), {
            prefetch: this.#concurrencyOf(command) * 2,
          }),
        )
      await this.#own(broker.announce(this.commands))
    } catch (error) {
      await this.stop()
      throw error
    }
    return this
  }

  async stop({ deadline = 10_000 }: { readonly deadline?: number } = {}): Promise<StopReport> {
    requireInteger('deadline', deadline, 0, 3_600_000)
    return (this.#stopped ??= this.#stop(deadline))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async inject(text: string, options: InjectOptions = {}): Promise<string> {
    const parsed = parseCommand(text)
    const known = parsed.kind === 'command' ? this.#byName.get(parsed.name) : undefined
    if (parsed.kind !== 'command' || !known) {
      const usages = this.commands.map(({ usage }) => usage).join(', ')
      throw new TypeError(`${JSON.stringify(text)} is no command of ${this.name}; there are ${usages}`)
    }
    const { room = 'inject', author = { id: 'guest:you', name: 'you' }, within = known.timeout * 2 } = options
    this.#injected += 1
    const id = `injected-${this.#injected}`
    const reply = await this.#take(known, {
      id,
      commandId: id,
      name: known.name,
      args: parsed.args,
      room,
      author,
      replyTo: 'inject',
      deadline: this.#clock.now() + within,
    })
    if (!reply) throw new DOMException(`no answer to ${text} within ${within} ms`, 'TimeoutError')
    return reply.text
  }

  stats(): BotStats {
    const jobs = [...this.#jobs]
    return {
      ...this.#counts,
      running: jobs.filter(({ state }) => state === 'running').length,
      waiting: jobs.filter(({ state }) => state === 'waiting').length,
    }
  }

  readonly #onAbort = (): void => {
    this.stop().catch((error: unknown) => {
      this.#report(error)
    })
  }

  #concurrencyOf(command: BotCommand): number {
    return Math.min(command.concurrency ?? this.#concurrency, this.#concurrency)
  }

  /** Keeps a consumer to be stopped; one that comes when the bot has been stopped is stopped at once. */
  async #own(starting: Promise<Consumer>): Promise<void> {
    const consumer = await starting
    this.#consumers.push(consumer)
    if (!this.#stopped) return
    await consumer.stop()
    throw new DOMException('the bot was stopped while it started', 'AbortError')
  }

  async #take(known: BotCommand, command: Command, signal?: AbortSignal): Promise<Reply | undefined> {
    if (this.#stopped) {
      this.#counts.returned += 1
      throw new GivenBack(`${this.name} is stopping`)
    }
    // A retry may come while the first is still in hand, or again after it was answered: one run for all.
    const before = this.#answers.get(command.id)
    if (before) return before
    const answer = this.#answer(known, command, signal)
    this.#answers.set(command.id, answer)
    const forget = (): void => {
      if (this.#answers.peek(command.id) === answer) this.#answers.delete(command.id)
    }
    answer.then(reply => {
      if (!reply) forget()
    }, forget)
    return answer
  }

  async #answer(known: BotCommand, command: Command, signal?: AbortSignal): Promise<Reply | undefined> {
    const context = this.#contexts.get(known)
    if (!context) throw new Error(`/${known.name} is not of this bot`)
    const job = new Job(command, known, context)
    // At the deadline the job ends by itself; before it, the broker wants the command back.
    const onAbort = (): void => {
      if (this.#clock.now() < command.deadline) job.giveBack()
    }
    signal?.addEventListener('abort', onAbort)
    this.#jobs.add(job)
    try {
      const text = await job.outcome
      this.#counts[text === undefined ? 'expired' : 'answered'] += 1
      return text === undefined ? undefined : this.#reply(command, replyText(text))
    } catch (error) {
      this.#counts.returned += 1
      throw error
    } finally {
      this.#jobs.delete(job)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  #reply({ id, commandId, room, replyTo, traceparent, tracestate }: Command, text: string): Reply {
    return {
      id: `re:${id}`,
      commandId,
      room,
      text,
      author: { id: `bot:${this.name}`, name: this.name },
      to: replyTo,
      ...(traceparent !== undefined && { traceparent }),
      ...(tracestate !== undefined && { tracestate }),
    }
  }

  async #stop(deadline: number): Promise<StopReport> {
    // A turn of its own, so that `#stopped` is set before anything else happens.
    await Promise.resolve()
    traceDrain(this.name)
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
    const stopped = Promise.allSettled(this.#consumers.map(async consumer => consumer.stop()))
    const running = [...this.#jobs].filter(({ state }) => state === 'running')
    const waiting = [...this.#jobs].filter(({ state }) => state === 'waiting')
    for (const job of waiting) job.giveBack()
    await this.#within(deadline, Promise.allSettled(running.map(({ outcome }) => outcome)))
    const cut = running.filter(({ state }) => state !== 'done')
    for (const job of cut) job.giveBack()
    // A consumer has stopped when its last reply is confirmed; a broker that is down would never say so.
    await this.#within(SETTLE_MS, stopped)
    const completed = running.length - cut.length
    const report = { completed, requeued: waiting.length, aborted: cut.length }
    traceDrain(this.name, report)
    return report
  }

  async #within(ms: number, work: Promise<unknown>): Promise<void> {
    const timeout = Promise.withResolvers<void>()
    const cancel = this.#clock.setTimer(timeout.resolve, ms)
    await Promise.race([work, timeout.promise])
    cancel()
  }

  #report(error: unknown, command?: Command): void {
    try {
      this.#options.onError?.(error, command)
    } catch {
      // Whoever listens to errors must not cost a user the answer.
    }
  }
}
