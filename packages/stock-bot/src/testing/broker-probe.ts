import type { Broker, Command, CommandInfo, Consumer, HandlerContext, Reply } from '../broker/broker.ts'

/** A broker under test, and the world around it. */
export interface BrokerHarness {
  /** The chat's side. */
  readonly hub: Broker
  /** The bots' side: another connection to the same broker; the same object where there is one process. */
  readonly bot: Broker
  /** Epoch milliseconds as the broker sees them. */
  now(): number
  /** Lets time pass: a real sleep for a real broker, a step of the virtual clock for one that has it. */
  passTime(ms: number): Promise<void>
  /** The ids of the commands called `name` that were given up. Where it is absent, dead letters go unchecked. */
  deadLetters?(name: string): Promise<readonly string[]>
  /** Most commands of one name that may wait for a bot. Needed for the capability `full`. */
  readonly queueLimit?: number
  /** Ends the bots' connection as a crash would, with commands in hand. Needed for the capability `crash`. */
  crash?(): Promise<void>
  /** Closes the brokers and all that was opened for them. */
  dispose(): Promise<void>
}

/** What not every broker can be asked for. */
export interface BrokerCapabilities {
  /** The harness has `crash`. @default false */
  readonly crash?: boolean
  /** The harness has `queueLimit`, and time enough to fill a queue. @default false */
  readonly full?: boolean
}

/** One promise of `Broker`, checked. */
export interface BrokerCase {
  /** A sentence about the broker. */
  readonly name: string
  readonly needs?: keyof BrokerCapabilities
  readonly run: (probe: BrokerProbe) => Promise<void>
}

/** What a handler of a probe saw. */
export interface Seen {
  readonly command: Command
  /** Its signal; not made before it is read. */
  readonly signal: AbortSignal
  readonly context: HandlerContext
  /** Settles the delivery: with a reply, with nothing, or as a rejection. */
  readonly reply: (text: string) => void
  readonly finish: () => void
  readonly reject: () => void
}

/** One case's own corner of the broker: a command name and a log that nobody else uses. */
export class BrokerProbe {
  readonly harness: BrokerHarness
  readonly hub: Broker
  readonly bot: Broker
  readonly name: string = `probe-${unique()}`
  readonly log: string = `log-${unique()}`

  constructor(harness: BrokerHarness) {
    this.harness = harness
    this.hub = harness.hub
    this.bot = harness.bot
  }

  command(args: string, changes: Partial<Command> = {}): Command {
    const id = unique()
    return {
      id,
      commandId: `client-${id}`,
      name: this.name,
      args,
      room: 'general',
      author: { id: 'guest:ann', name: 'Ann' },
      replyTo: this.log,
      deadline: this.harness.now() + 30_000,
      ...changes,
    }
  }

  reply(command: Command, text: string): Reply {
    return {
      id: `re:${command.id}`,
      commandId: command.commandId,
      room: command.room,
      text,
      author: { id: 'bot:probe', name: 'probe' },
      to: command.replyTo,
    }
  }

  info(changes: Partial<CommandInfo> = {}): CommandInfo {
    const usage = `/${this.name}=1`
    return { name: this.name, aliases: [], usage, description: 'Probes.', bot: 'probe', ...changes }
  }

  /** Takes commands and holds them until the case decides. */
  async hold(name: string = this.name, prefetch = 10): Promise<{ consumer: Consumer; seen: Seen[] }> {
    const seen: Seen[] = []
    const consumer = await this.bot.onCommand(
      name,
      (command, context) => {
        const { promise, resolve, reject } = Promise.withResolvers<Reply | undefined>()
        seen.push({
          command,
          context,
          get signal() {
            return context.signal
          },
          reply: text => {
            resolve(this.reply(command, text))
          },
          finish: () => {
            resolve(undefined)
          },
          reject: () => {
            reject(new Error('rejected by the case'))
          },
        })
        return promise
      },
      { prefetch },
    )
    return { consumer, seen }
  }

  /** Collects the replies of a log. */
  async replies(
    log: string = this.log,
    durable = false,
  ): Promise<{ consumer: Consumer; replies: Reply[]; texts: () => string[] }> {
    const replies: Reply[] = []
    const consumer = await this.hub.onReply({ id: log, durable }, async reply => {
      replies.push(reply)
      await Promise.resolve()
    })
    return { consumer, replies, texts: () => replies.map(({ text }) => text).toSorted() }
  }

  /** Sends until the broker has seen that a bot listens: it may remember for a moment that none did. */
  async send(command: Command): Promise<void> {
    let last: unknown
    for (let tries = 0; tries < 200; tries += 1) {
      try {
        await this.hub.send(command)
        return
      } catch (error) {
        if (codeOf(error) !== 'no-bot') throw error
        last = error
      }
      await this.harness.passTime(25)
    }
    throw last
  }

  /** Waits until something holds, for 10 s of the harness's time. */
  async until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < 400; tries += 1) {
      if (await holds()) return
      await this.harness.passTime(25)
    }
    throw new Error(`waited 10 s in vain until ${what}`)
  }

  /** Waits for a promise, for 10 s of the harness's time: a broken broker must fail, not hang. */
  async settled<T>(what: string, promise: Promise<T>): Promise<T> {
    let done = false
    const mark = (): void => {
      done = true
    }
    promise.then(mark, mark)
    await this.until(what, () => done)
    return await promise
  }
}

/** The code of a BrokerError; 'resolved' or the error's name would hide what else came. */
function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : error
}

/** The code with which a promise rejects; 'resolved' where it does not. */
export function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(() => 'resolved', codeOf)
}

function unique(): string {
  return crypto.randomUUID().replaceAll('-', '').slice(0, 20)
}
