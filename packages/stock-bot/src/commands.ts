import { type Broker, BrokerError, type CommandInfo } from './broker/broker.ts'
import { requireBotName } from './bot-name.ts'
import { ANSWER_MS, NOTICE_AFTER_MS } from './budget.ts'
import type { ChatContext, ChatHost, ChatMiddleware } from './chat.ts'
import { requireInteger } from './command.ts'
import { CommandDesk } from './command-desk.ts'
import { commandIdOf } from './command-id.ts'
import { findCommand, HELP, helpText, unknownCommand } from './help.ts'
import { parseCommand } from './parse-command.ts'

/** How a chat treats commands. */
export interface CommandsOptions {
  /** Where the bots are. The middleware does not close it. */
  readonly broker: Broker
  /**
   * How long a bot may take, from the publish to the answer, in milliseconds, 1,000 to 3,600,000. 1 s after it the
   * room hears that there was no answer: within 30 s, by default. A sender that says how long it still waits, as our
   * client does, shortens this and cannot lengthen it: no bot has longer than until 1 s before that. @default 29,000
   */
  readonly timeout?: number
  /**
   * Under which name `/help` is answered with the commands that bots have announced; false leaves it to the bots.
   * One that has a command called `help` answers it in either case. @default 'help'
   */
  readonly help?: string | false
  /** Names of bots that guests may not take even before the bots are there. @default ['stock-bot'] */
  readonly reserve?: readonly string[]
  /** Most commands that may wait for an answer; more are refused. @default 10,000 */
  readonly limit?: number
  /** Told of errors that no user is: a reply that the log did not take at once, a broker that does not answer. */
  readonly onError?: (error: unknown) => void
}

/**
 * Gives a chat bots: a publish like `/stock=AAPL.US` goes to the broker instead of the room, `//x` posts `/x`,
 * and what bots answer appears in the room. Every command that was acked gets exactly one message: the bot's
 * reply, or 1 s after the deadline that there was none. `/help` is answered here, for no bot knows what the others
 * can do. One chat takes one `commands()`.
 * @throws TypeError or RangeError where an option is wrong
 * @example
 * hub.use(commands({ broker: memoryBroker() }))
 */
export function commands(options: CommandsOptions): ChatMiddleware {
  const { broker, timeout = ANSWER_MS, limit = 10_000, reserve = ['stock-bot'], help = HELP } = options
  const onError = options.onError ?? (() => undefined)
  requireInteger('timeout', timeout, 1_000, 3_600_000)
  requireInteger('limit', limit, 1, 10_000_000)
  if (help !== false) requireBotName(help)
  let desk: CommandDesk | undefined
  let names: ReadonlySet<string> = new Set()
  let listed: readonly CommandInfo[] | undefined

  /** Bots come and go: their names are looked up whenever somebody does something. */
  function reserveNames(host: ChatHost): void {
    const known = broker.commands()
    if (known === listed) return
    listed = known
    for (const { bot } of known) if (!names.has(bot)) host.reserveName(bot)
    names = new Set(known.map(({ bot }) => bot))
  }

  async function handOver(context: ChatContext, at: CommandDesk, name: string, args: string): Promise<void> {
    const { request, user, host, deadline = Infinity } = context
    const { id = '', room = '', traceparent, tracestate } = request
    const known = broker.commands()
    const info = findCommand(known, name)
    const command = {
      id: commandIdOf(host.log.id, room, user.id, id),
      commandId: id,
      name: info?.name ?? name,
      args,
      room,
      author: { id: user.id, name: user.name },
      replyTo: host.log.id,
      deadline: Math.min(host.clock.now() + timeout, deadline - NOTICE_AFTER_MS),
      ...(traceparent !== undefined && { traceparent }),
      ...(traceparent !== undefined && tracestate !== undefined && { tracestate }),
    }
    const accept = (): void => {
      context.acceptCommand()
    }
    if (!info && name === HELP && help !== false) {
      const author = { id: `bot:${help}`, name: help }
      await at.answer(command, { author, text: helpText(args, known) }, accept)
    } else await at.hand(command, info?.bot ?? 'bot', accept)
  }

  function middleware(context: ChatContext, next: () => Promise<void>): void | Promise<void> {
    const { request, host } = context
    reserveNames(host)
    if (request.type !== 'publish' || request.text === undefined) return next()
    const parsed = parseCommand(request.text)
    if (parsed.kind === 'text') {
      if (parsed.text !== request.text) context.replaceText(parsed.text)
      return next()
    }
    if (!desk) throw new Error('commands() was called before the chat has installed it')
    // The command is with the broker when this returns; what comes back need not hold up the next message.
    context.detach(handOver(context, desk, parsed.name, parsed.args))
    return undefined
  }

  return Object.assign(middleware, {
    install(host: ChatHost) {
      if (desk) throw new Error('one commands() serves one chat; make another for the second')
      const own = new CommandDesk(host, {
        broker,
        limit,
        onError,
        explain: (error, { name }) => explained(error, name, broker.commands(), help !== false),
      })
      desk = own
      for (const name of help === false ? reserve : [...reserve, help]) host.reserveName(name)
      reserveNames(host)
      own.open()
      return async () => {
        desk = undefined
        await own.close()
      }
    },
  })
}

/** A refusal that says what to do now. */
function explained(error: unknown, name: string, known: readonly CommandInfo[], hasHelp: boolean): unknown {
  if (!(error instanceof BrokerError)) return error
  if (error.code === 'unavailable')
    return new BrokerError('unavailable', 'Bots are unreachable, try again.', { cause: error })
  if (findCommand(known, name))
    return new BrokerError('no-bot', `No bot answers /${name} at the moment. Try again later.`, {
      cause: error,
    })
  return new BrokerError('no-bot', unknownCommand(name, known, hasHelp), { cause: error })
}
