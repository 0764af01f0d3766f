import type { Command } from 'commander'
import type { Io } from '../../io.ts'
import type { Act } from '../../program.ts'
import { addressArgument, nameFlag, roomFlag, urlFlag } from '../flags.ts'

/** The flags of `join`. */
export interface JoinOptions {
  readonly url: string
  readonly room: string
  readonly name?: string
}

const HELP = `Chats in a room: on a full screen in a terminal, else line by line.

Examples:
  $ chat-cli join --name ann
  $ chat-cli join wss://chat.example --room dev
  $ printf 'hello\\n/stock=AAPL.US\\n' | chat-cli join

Without a terminal each line of the input is posted in order, and the room is printed line by line.
When the input ends, it waits up to 32 s for the answers it is owed.
CHAT_TOKEN in the environment is the credential, where the server wants one.
`

export function addJoin(program: Command, io: Io, act: Act): void {
  program
    .command('join')
    .summary('chat in a room')
    .addHelpText('before', HELP)
    .addArgument(addressArgument())
    .addOption(urlFlag())
    .addOption(roomFlag())
    .addOption(nameFlag())
    .action(async (address: string | undefined, options: JoinOptions) => {
      const { runJoin } = await import('./run.ts')
      await act(runJoin({ ...options, url: address ?? options.url }, io))
    })
}
