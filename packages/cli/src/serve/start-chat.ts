/** Puts a whole chat together: hub, limits, bots, and the port that it is reached at. */
import { createHub } from '@hubbub/hub'
import { listen, type WsServer } from '@hubbub/hub/ws'
import { commands } from '@hubbub/stock-bot'
import { CliError, Exit } from '../exit.ts'
import { sanitizeLine } from '../terminal/sanitize.ts'
import { embeddedBot, remoteBots } from './bots.ts'
import { serverLimits } from './limits.ts'
import { type LogChoice, openLog } from './log.ts'

/** What a server is started with. */
export interface ChatServerOptions {
  /** 0 takes a free one. */
  readonly port: number
  readonly host: string
  /** Sources of the bot in this process. */
  readonly quotes: string
  /** Where messages are kept. @default memory */
  readonly log?: LogChoice
  /** RabbitMQ, where bots of their own answer instead. */
  readonly amqp?: string
  /** Web pages that may connect. @default none */
  readonly origins?: readonly string[]
  /** @default any room */
  readonly rooms?: readonly string[]
  /** Compresses messages once for all who take them so. @default false */
  readonly compress?: boolean
}

/** A running server. */
export interface ChatServer {
  readonly url: string
  /** Lets what is under way end, closes every connection, and leaves nothing open. Idempotent. */
  close(): Promise<void>
}

/** Somebody else has the port. */
export class PortTaken extends CliError {
  constructor(host: string, port: number, what = 'Something') {
    const advice = 'Stop it, or choose another with --port (--port 0 takes any free one).'
    super(Exit.error, `${what} listens on port ${port} of ${host} already. ${advice}`)
  }
}

/**
 * Starts a server; `tell` is given a line whenever an operator should know something. Rejects with a CliError
 * where the options are wrong or the port is not to be had; nothing is left open then.
 */
export async function startChat(
  options: ChatServerOptions,
  tell: (line: string) => void,
): Promise<ChatServer> {
  const { port, host, quotes, log: choice = { kind: 'memory' }, amqp, rooms } = options
  const { origins = [], compress = false } = options
  const onError = (error: unknown): void => {
    tell(`something failed: ${sanitizeLine(error instanceof Error ? error.message : String(error))}`)
  }
  const log = await openLog(choice)
  const bots = amqp === undefined ? await embeddedBot(quotes, tell) : await remoteBots(amqp, tell)
  const limits = serverLimits()
  const hub = createHub({ ...(rooms && { rooms }), ...(log && { log }), onError })
  hub.use(limits.requests).use(commands({ broker: bots.broker, onError }))
  const close = async (): Promise<void> => {
    await hub.close()
    await bots.close()
    await log?.close()
    limits[Symbol.dispose]()
  }
  try {
    const server: WsServer = await listen(hub, { port, host, origins, admit: limits.admit, compress })
    let closing: Promise<void> | undefined
    return { url: server.url, close: () => (closing ??= close()) }
  } catch (error) {
    await close()
    throw explained(error, host, port)
  }
}

function explained(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'EADDRINUSE':
      return new PortTaken(host, port)
    case 'EACCES':
      return new CliError(
        Exit.error,
        `Port ${port} is for the system's own services. Choose one from 1024 with --port.`,
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new CliError(
        Exit.error,
        `${sanitizeLine(host)} is no address of this machine. Choose another with --host.`,
      )
    default:
      return error
  }
}
