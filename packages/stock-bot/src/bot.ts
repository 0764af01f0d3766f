import { requireBotName } from './bot-name.ts'
import type { Bot, BotOptions, BotStats, InjectOptions, StopReport } from './bot-options.ts'
import type { Command, CommandInfo, Consumer } from './broker/broker.ts'
import { type Clock, systemClock } from './clock.ts'
import { type BotCommand, defineCommand, requireInteger } from './command.ts'
import { commandTable } from './command-table.ts'
import { HELP, helpInfo, helpText, nearestName } from './help.ts'
import { JobRunner } from './job-runner.ts'
import { mayFail } from './may-fail.ts'
import type { BotMiddleware } from './middleware.ts'
import { parseCommand } from './parse-command.ts'
import { traceDrain } from './trace-events.ts'
import type { ReplyTransformer } from './transform.ts'

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
  readonly #help: BotCommand
  readonly #runner: JobRunner
  readonly #consumers: Consumer[] = []
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
    const { usage } = helpInfo(name)
    this.#help = defineCommand({ name: HELP, usage, run: ({ text }) => helpText(text, this.commands) })
    const onError = this.#report
    this.#runner = new JobRunner({ name, clock, concurrency, commands: [...commands, this.#help], onError })
  }

  use(middleware: BotMiddleware): Bot {
    requireFunction('middleware', middleware)
    this.#runner.use(middleware)
    return this
  }

  transform(transformer: ReplyTransformer): Bot {
    requireFunction('transformer', transformer)
    this.#runner.transform(transformer)
    return this
  }

  async start(): Promise<Bot> {
    const { broker, commands, signal } = this.#options
    if (!broker) throw new TypeError('createBot needs a broker to start; without one, use inject()')
    if (this.#started) throw new Error('a bot starts once')
    this.#started = true
    signal?.throwIfAborted()
    signal?.addEventListener('abort', this.#onAbort)
    try {
      for (const command of commands) {
        const prefetch = Math.min(command.concurrency ?? this.#concurrency, this.#concurrency) * 2
        await this.#own(
          broker.onCommand(command.name, (given, inHand) => this.#runner.take(command, given, inHand), {
            prefetch,
          }),
        )
      }
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
    const { known, args } = this.#find(text)
    const { room = 'inject', author = { id: 'guest:you', name: 'you' }, within = known.timeout * 2 } = options
    requireInteger('within', within, 1, 7_200_000)
    this.#injected += 1
    const id = `injected-${this.#injected}`
    const reply = await this.#runner.take(known, {
      id,
      commandId: id,
      name: known.name,
      args,
      room,
      author,
      replyTo: 'inject',
      deadline: this.#clock.now() + within,
    })
    if (!reply) throw new DOMException(`no answer to ${text} within ${within} ms`, 'TimeoutError')
    return reply.text
  }

  stats(): BotStats {
    return this.#runner.stats()
  }

  readonly #onAbort = (): void => {
    this.stop().catch((error: unknown) => {
      this.#report(error)
    })
  }

  /** @throws TypeError that says what there is instead */
  #find(text: string): { known: BotCommand; args: string } {
    const parsed = parseCommand(text)
    const { name, args } = parsed.kind === 'command' ? parsed : { name: '', args: '' }
    const known = this.#byName.get(name) ?? (name === HELP ? this.#help : undefined)
    if (known) return { known, args }
    const near = nearestName(name, this.commands)
    const usages = this.commands.map(({ usage }) => usage).join(', ')
    const instead = near === undefined ? `there are ${usages}` : `did you mean /${near}?`
    throw new TypeError(`${JSON.stringify(text)} is no command of ${this.name}; ${instead}`)
  }

  /** Keeps a consumer to be stopped; one that comes when the bot has been stopped is stopped at once. */
  async #own(starting: Promise<Consumer>): Promise<void> {
    const consumer = await starting
    this.#consumers.push(consumer)
    if (!this.#stopped) return
    await consumer.stop()
    throw new DOMException('the bot was stopped while it started', 'AbortError')
  }

  async #stop(deadline: number): Promise<StopReport> {
    this.#runner.close()
    // A turn of its own, so that `#stopped` is set before anything else happens.
    await Promise.resolve()
    traceDrain(this.name)
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
    const stopped = Promise.allSettled(this.#consumers.map(async consumer => consumer.stop()))
    const report = await this.#runner.drain(deadline)
    // A consumer has stopped when its last reply is confirmed; a broker that is down would never say so.
    const over = Promise.withResolvers<void>()
    const cancel = this.#clock.setTimer(over.resolve, SETTLE_MS)
    await Promise.race([stopped, over.promise])
    cancel()
    traceDrain(this.name, report)
    return report
  }

  // Silence would leave an author with "Sorry, /roll failed." and nothing to look at.
  readonly #print = (error: unknown, command?: Command): void => {
    // oxlint-disable-next-line eslint/no-console -- a default that whoever has a log replaces
    console.error(`${this.name}: ${command ? `/${command.name} failed` : 'failed'}:`, error)
  }

  readonly #report = (error: unknown, command?: Command): void => {
    const { onError = this.#print } = this.#options
    try {
      mayFail(onError(error, command))
    } catch {
      // Whoever listens to errors must not cost a user the answer.
    }
  }
}

/** @throws TypeError that names what was expected */
function requireFunction(name: string, given: unknown): void {
  if (typeof given !== 'function') throw new TypeError(`a ${name} must be a function, got ${typeof given}`)
}
