/** The flags of what runs a server: `serve` and `demo`. */
import { type Command, Option } from 'commander'
import {
  DEFAULT_HOST,
  DEFAULT_PORT,
  quotesFlag,
  readAmqp,
  readHost,
  readOrigin,
  readPort,
  readRooms,
} from '../commands/flags.ts'
import { type LogChoice, readLog } from './log.ts'
import type { ChatServerOptions } from './start-chat.ts'

/** The flags as they are parsed. */
export interface ServerFlags {
  readonly port: number
  readonly host: string
  readonly quotes: string
  readonly log: LogChoice
  readonly amqp?: string
  readonly origin?: readonly string[]
  readonly rooms?: readonly string[]
  readonly compress?: boolean
}

/** Gives a verb the flags of a server. */
export function addServerFlags(command: Command, quotes: string): Command {
  return command
    .addOption(
      new Option('--port <port>', 'where to listen; 0 takes a free port')
        .default(DEFAULT_PORT)
        .argParser(readPort),
    )
    .addOption(
      new Option('--host <address>', 'who may reach it; 0.0.0.0: other machines')
        .default(DEFAULT_HOST)
        .argParser(readHost),
    )
    .addOption(quotesFlag(quotes))
    .addOption(
      new Option(
        '--amqp <url>',
        'RabbitMQ: commands go to stock-bot processes; --quotes is theirs to know then',
      ).argParser(readAmqp),
    )
    .addOption(
      new Option('--origin <origin>', 'web pages that may connect, once for each; * for all').argParser(
        readOrigin,
      ),
    )
    .addOption(
      new Option('--log <where>', 'where messages are kept: memory, or sqlite:FILE')
        .default({ kind: 'memory' }, 'memory')
        .argParser(readLog),
    )
    .addOption(new Option('--rooms <list>', 'the rooms there are (default: any)').argParser(readRooms))
    .addOption(
      new Option('--compress', 'fewer bytes for clients that can inflate them, at more memory for each'),
    )
}

/** What a server is started with, from the flags. */
export function serverOptions({
  port,
  host,
  quotes,
  log,
  amqp,
  origin,
  rooms,
  compress,
}: ServerFlags): ChatServerOptions {
  return {
    port,
    host,
    quotes,
    log,
    ...(amqp !== undefined && { amqp }),
    ...(origin && { origins: origin }),
    ...(rooms && { rooms }),
    ...(compress === true && { compress }),
  }
}
