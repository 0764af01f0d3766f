/** The command line: every verb with its flags. What a verb does is imported when it is asked for. */
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { addDemo } from './commands/demo/command.ts'
import { addJoin } from './commands/join/command.ts'
import { addQuote } from './commands/quote/command.ts'
import { addSend } from './commands/send/command.ts'
import { addServe } from './commands/serve/command.ts'
import { addTail } from './commands/tail/command.ts'
import { EXIT_CODES_HELP } from './exit.ts'
import type { Io } from './io.ts'

/** Takes the work of a verb, which ends with an exit code. */
export type Act = (work: Promise<number>) => Promise<void>

const EXAMPLES = `A chat in the terminal: a server, a client, and both for scripts.

Examples:
  $ chat-cli demo                             a server, a bot and a client in one process
  $ chat-cli serve                            a server on ws://127.0.0.1:4480
  $ chat-cli join --name ann                  a client, in a second terminal
  $ chat-cli send "the build is green"        one message from a script
  $ chat-cli send /stock=AAPL.US              one command, and the bot's answer
  $ chat-cli tail --json | jq -r .text        a room as JSON lines
  $ chat-cli quote AAPL.US                    a quote without any server
`

/** Makes the command line. Wrong usage throws a CommanderError once it has been said. */
export function createProgram(io: Io, act: Act): Command {
  const program = new Command('chat-cli')
    .exitOverride()
    .configureOutput({
      writeOut: text => io.stdout.write(text),
      writeErr: text => io.stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', `\n${EXIT_CODES_HELP}`)
    .showHelpAfterError('Add --help to see examples and flags.')
  for (const add of [addDemo, addServe, addJoin, addSend, addTail, addQuote]) add(program, io, act)
  return program
}

function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
