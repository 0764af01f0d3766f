import { type Broker, BrokerError, type CommandInfo } from './broker/broker.ts'
import type { ChatContext, ChatHost, ChatMiddleware } from './chat.ts'
import { DEFAULT_TIMEOUT, requireInteger } from './command.ts'
import { CommandDesk } from './command-desk.ts'
import { commandIdOf } from './command-id.ts'
import { parseCommand } from './parse-command.ts'

/** Most commands that a refusal lists. */
const LISTED = 20

/** How a chat treats commands. */
export interface CommandsOptions {
  /** Where the bots are. The middleware does not close it. */
  readonly broker: Broker
  /** How long a bot may take, from the publish to the answer, in milliseconds. @default 30,000 */
  readonly timeout?: number
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
 * reply, or 1 s after the deadline that there was none. One chat takes one `commands()`.
 * @throws RangeError where an option is out of range
 * @example
 * hub.use(commands({ broker: memoryBroker() }))
 */
export function commands(options: CommandsOptions): ChatMiddleware {
  const { broker, timeout = DEFAULT_TIMEOUT, limit = 10_000, reserve = ['stock-bot'] } = options
  const onError = options.onError ?? (() => undefined)
  requireInteger('timeout', timeout, 1, 3_600_000)
  requireInteger('limit', limit, 1, 10_000_000)
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
    const { request, user, host } = context
    const { id = '', room = '', traceparent, tracestate } = request
    const info = find(broker.commands(), name)
    const command = {
      id: commandIdOf(host.log.id, room, user.id, id),
      commandId: id,
      name: info?.name ?? name,
      args,
      room,
      author: { id: user.id, name: user.name },
      replyTo: host.log.id,
      deadline: host.clock.now() + timeout,
      ...(traceparent !== undefined && { traceparent }),
      ...(traceparent !== undefined && tracestate !== undefined && { tracestate }),
    }
    await at.hand(command, info?.bot ?? 'bot', () => {
      context.acceptCommand()
    })
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
        explain: (error, { name }) => explained(error, name, broker.commands()),
      })
      desk = own
      for (const name of reserve) host.reserveName(name)
      reserveNames(host)
      own.open()
      return async () => {
        desk = undefined
        await own.close()
      }
    },
  })
}

/** A command by its name; by an alias only where no command has that name. */
function find(known: readonly CommandInfo[], name: string): CommandInfo | undefined {
  return known.find(each => each.name === name) ?? known.find(({ aliases }) => aliases.includes(name))
}

/** A refusal that says what to do now. */
function explained(error: unknown, name: string, known: readonly CommandInfo[]): unknown {
  if (!(error instanceof BrokerError)) return error
  if (error.code === 'unavailable')
    return new BrokerError('unavailable', 'Bots are unreachable, try again.', { cause: error })
  if (find(known, name))
    return new BrokerError('no-bot', `No bot answers /${name} at the moment. Try again later.`, {
      cause: error,
    })
  const usages = known.slice(0, LISTED).map(({ usage }) => usage.slice(0, 100))
  const rest = usages.length === 0 ? 'No commands are known here.' : `Commands here: ${usages.join(', ')}`
  return new BrokerError('no-bot', `No bot answers /${name}. ${rest}`, { cause: error })
}
