/** The work queue between a chat and its bots. */

/** Who gave a command, or owns a reply. */
export interface Person {
  readonly id: string
  readonly name: string
}

/** A command on its way to a bot. */
export interface Command {
  /** The same for every retry and redelivery: a hash of log, room, author and `commandId`. */
  readonly id: string
  /** The id that the client gave the publish; a reply names it in `replyTo`. */
  readonly commandId: string
  /** Canonical name: aliases are resolved before. */
  readonly name: string
  /** What stood behind the name and its `=` or space; '' where nothing did. */
  readonly args: string
  readonly room: string
  readonly author: Person
  /** The id of the log that orders the room: where the reply goes. */
  readonly replyTo: string
  /** Epoch milliseconds, set at the keystroke: nobody answers after it. */
  readonly deadline: number
  /** W3C trace context, passed on as it came. */
  readonly traceparent?: string
  readonly tracestate?: string
}

/** A bot's answer, on its way to the room. */
export interface Reply {
  /** `re:` and the command's id: the log makes a redelivered reply harmless. */
  readonly id: string
  /** The command's id as its client sent it. */
  readonly commandId: string
  readonly room: string
  readonly text: string
  /** The bot, for example `{ id: 'bot:stock-bot', name: 'stock-bot' }`. */
  readonly author: Person
  /** The id of the log that orders the room. */
  readonly to: string
  readonly traceparent?: string
  readonly tracestate?: string
}

/** What a bot says about one of its commands: help, aliases and "did you mean" are made from it. */
export interface CommandInfo {
  readonly name: string
  readonly aliases: readonly string[]
  /** For example `/stock=AAPL.US`. */
  readonly usage: string
  readonly description: string
  /** The bot's shown name. */
  readonly bot: string
}

/** Where replies are wanted: the log that orders the rooms. */
export interface ReplyAddress {
  readonly id: string
  /** Whether the log outlives this process; if not, neither does the queue of its replies. */
  readonly durable: boolean
}

/** Something that takes work from a broker until it is stopped. */
export interface Consumer {
  /** Takes no more; resolves when what is in hand is settled. Idempotent. */
  stop(): Promise<void>
}

/** How a handler is called. */
export interface ConsumeOptions {
  /** Most commands in hand at once. @default 32 */
  readonly prefetch?: number
}

/** What a handler may ask while it has a command in hand. */
export interface HandlerContext {
  /** Aborts at the command's deadline, and when the broker closes. A broker may make it when it is first read. */
  readonly signal: AbortSignal
  /** Whether it has aborted, for those who would not have it made. @default what the signal says */
  readonly aborted?: boolean
}

/** Works on a command. What it resolves with is the reply. */
export type CommandHandler = (command: Command, context: HandlerContext) => Promise<Reply | void>

/**
 * Carries commands to bots and replies to rooms: at least once, with the same ids, so that what is idempotent
 * by id happens once. Implementations MUST NOT redeliver what was acknowledged, and MUST settle every promise.
 */
export interface Broker {
  /**
   * Hands a command over. Resolves when the broker has it for good. Rejects with a BrokerError: `no-bot`
   * (nobody listens) or `unavailable` (no connection at this moment, or no confirmation by the deadline).
   */
  send(command: Command): Promise<void>
  /** The commands that bots have announced. Announcing is optional: a bot works without. */
  commands(): readonly CommandInfo[]
  /** Tells hubs about these commands, now and whenever one asks, until the consumer is stopped. */
  announce(commands: readonly CommandInfo[]): Promise<Consumer>
  /**
   * Takes commands called `name`. A returned reply is confirmed by the broker before the command is settled;
   * nothing returned settles it without one. A rejection gives the command back; after 3 redeliveries it is a
   * dead letter. The signal aborts at the command's deadline and when the consumer is stopped for good.
   */
  onCommand(name: string, handler: CommandHandler, options?: ConsumeOptions): Promise<Consumer>
  /** Takes replies for one log. A rejection is tried again; a reply is never thrown away. */
  onReply(address: ReplyAddress, handler: (reply: Reply) => Promise<void>): Promise<Consumer>
  /** What the connection is doing: `open` means it is down, as in a circuit breaker. */
  readonly state: 'closed' | 'open' | 'half-open'
  /** Stops consumers, waits for confirms within a deadline, releases everything. Idempotent. */
  close(): Promise<void>
}

/** Why a broker refused. The codes are the chat protocol's. */
export class BrokerError extends Error {
  override readonly name = 'BrokerError'
  readonly code: 'no-bot' | 'unavailable'

  constructor(code: 'no-bot' | 'unavailable', message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
