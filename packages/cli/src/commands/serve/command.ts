import type { Command } from 'commander'
import type { Io } from '../../io.ts'
import type { Act } from '../../program.ts'
import { addServerFlags, type ServerFlags } from '../../serve/flags.ts'

const HELP = `Runs a chat server with the stock bot, until it is stopped.

Examples:
  $ chat-cli serve
  $ chat-cli serve --port 8080 --rooms general,dev --quotes stooq,sample
  $ chat-cli serve --log sqlite:chat.db
  $ chat-cli serve --amqp amqp://user:password@host:5672      and beside it: stock-bot --amqp …

History is kept in memory, the last 1,000 messages of each room, until the process ends; with --log sqlite:FILE
it outlives the process, also one that is killed.
SIGTERM and SIGINT end it gracefully, with exit code 0; a second one at once.
`

export function addServe(program: Command, io: Io, act: Act): void {
  const command = program.command('serve').summary('run a chat server').addHelpText('before', HELP)
  addServerFlags(command, 'stooq').action(async (flags: ServerFlags) => {
    const { runServe } = await import('./run.ts')
    await act(runServe(flags, io))
  })
}
