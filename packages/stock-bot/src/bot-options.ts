import type { Broker, Command, CommandInfo, Person } from './broker/broker.ts'
import type { Clock } from './clock.ts'
import type { BotCommand } from './command.ts'
import type { BotMiddleware } from './middleware.ts'
import type { ReplyTransformer } from './transform.ts'

/** How a bot behaves. */
export interface BotOptions {
  readonly commands: readonly BotCommand[]
  /** Where commands come from. Without one, only `inject` works. */
  readonly broker?: Broker
  /** The shown name, 1–32 characters. @default 'stock-bot' */
  readonly name?: string
  /** How many commands may run at once; twice as many of each name are taken from the broker. @default 16 */
  readonly concurrency?: number
  /** @default the machine's clock */
  readonly clock?: Clock
  /** Aborting stops the bot, with the default deadline. */
  readonly signal?: AbortSignal
  /** Told of errors that the user is not: what a command threw, timeouts included. @default prints them to stderr */
  readonly onError?: (error: unknown, command?: Command) => void
}

/** What became of the commands that were in hand when a bot was stopped. */
export interface StopReport {
  /** Ended by themselves within the deadline. */
  readonly completed: number
  /** Not begun, and given back to the broker. */
  readonly requeued: number
  /** Cut off at the deadline, and given back. */
  readonly aborted: number
}

/** Who says an injected text, and where. */
export interface InjectOptions {
  readonly room?: string
  readonly author?: Person
  /** How long the answer may take, in milliseconds, 1 to 7,200,000. @default twice the command's own timeout */
  readonly within?: number
}

/** What a bot has done so far, in plain numbers. */
export interface BotStats {
  readonly answered: number
  /** Too old when their turn came or their work ended: answered with that, or left to the chat. */
  readonly expired: number
  /** Given back to the broker. */
  readonly returned: number
  readonly running: number
  readonly waiting: number
}

/** A bot: commands, and a broker that they come from. */
export interface Bot extends AsyncDisposable {
  readonly name: string
  readonly commands: readonly CommandInfo[]
  /** Puts a middleware behind those that there are, before every command from now on. Returns the bot. */
  use(middleware: BotMiddleware): Bot
  /** Puts a transformer behind those that there are, before every reply from now on. Returns the bot. */
  transform(transformer: ReplyTransformer): Bot
  /** Takes commands from now on, and announces them. Resolves with the bot. May be called once. */
  start(): Promise<Bot>
  /**
   * Takes no more, gives back what has not begun, and lets what runs end within `deadline` milliseconds
   * (10,000); what is left then is aborted and given back. Idempotent: the first call decides.
   */
  stop(options?: { readonly deadline?: number }): Promise<StopReport>
  /**
   * Answers a text as if a chat had sent it, without a broker; `/help` is answered with this bot's commands.
   * Resolves with the reply's text; rejects where the text is no command of this bot's, or the answer would come
   * too late.
   */
  inject(text: string, options?: InjectOptions): Promise<string>
  stats(): BotStats
}
