import type { Command } from 'commander'
import type { Io } from '../../io.ts'
import type { Act } from '../../program.ts'
import { addServerFlags, type ServerFlags } from '../../serve/flags.ts'
import { nameFlag, roomFlag } from '../flags.ts'

/** The flags of `demo`. */
export interface DemoFlags extends ServerFlags {
  readonly room: string
  readonly name?: string
}

const HELP = `Runs a server, a bot and a client in one process; where a chat runs already, joins it.

Examples:
  $ chat-cli demo
  $ chat-cli demo --name ann --port 0
  $ printf 'hello\\n/stock=AAPL.US\\n' | chat-cli demo --quotes sample

Quotes come from Stooq; where that cannot be reached, from sample data, which is marked as such.
`

export function addDemo(program: Command, io: Io, act: Act): void {
  const command = program.command('demo').summary('a whole chat in one process').addHelpText('before', HELP)
  addServerFlags(command, 'stooq,sample')
    .addOption(roomFlag())
    .addOption(nameFlag())
    .action(async (flags: DemoFlags) => {
      const { runDemo } = await import('./run.ts')
      await act(runDemo(flags, io))
    })
}
