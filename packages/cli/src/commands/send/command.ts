import type { Command } from 'commander'
import type { Io } from '../../io.ts'
import type { Act } from '../../program.ts'
import { nameFlag, roomFlag, urlFlag } from '../flags.ts'

/** The flags of `send`. */
export interface SendOptions {
  readonly url: string
  readonly room: string
  readonly name?: string
  readonly json?: boolean
}

const HELP = `Posts one message, or gives one command to a bot, and prints what became of it.

Examples:
  $ chat-cli send "the build is green"
  $ chat-cli send /stock=AAPL.US
  $ git log -1 | chat-cli send --room dev -

Prints where the message landed; for a command, the bot's answer, which it awaits for up to 32 s.
`

export function addSend(program: Command, io: Io, act: Act): void {
  program
    .command('send')
    .summary('post one message')
    .addHelpText('before', HELP)
    .argument('<text>', 'the text; - reads it from standard input')
    .addOption(urlFlag())
    .addOption(roomFlag())
    .addOption(nameFlag())
    .option('--json', 'print one JSON object')
    .action(async (text: string, options: SendOptions) => {
      const { runSend } = await import('./run.ts')
      await act(runSend(text, options, io))
    })
}
