import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Io } from '../../io.ts'
import type { Act } from '../../program.ts'
import { nameFlag, readSeq, roomFlag, urlFlag } from '../flags.ts'

/** The flags of `tail`. */
export interface TailOptions {
  readonly url: string
  readonly room: string
  readonly name?: string
  readonly json?: boolean
  readonly since?: number
  readonly last: number
}

const HELP = `Prints a room until it is stopped, over any number of reconnections.

Examples:
  $ chat-cli tail --room dev
  $ chat-cli tail --json --since 812
  $ chat-cli tail --json | jq -r 'select(.type == "message") | .text'

With --json each line is an object with "v": 1 and a "type": "message", or, where messages are missing,
"skipped" (with "from" and "to") or "reset" (the room goes on behind "seq" of another "epoch").
`

const MAX_LAST = 200

function readLast(text: string): number {
  const last = Number(text)
  if (/^\d+$/.test(text) && last <= MAX_LAST) return last
  throw new InvalidArgumentError(`It is a whole number from 0 to ${MAX_LAST}.`)
}

export function addTail(program: Command, io: Io, act: Act): void {
  program
    .command('tail')
    .summary('print a room as it goes on')
    .addHelpText('before', HELP)
    .addOption(urlFlag())
    .addOption(roomFlag())
    .addOption(nameFlag())
    .option('--json', 'print one JSON object a line, with the exact text')
    .addOption(new Option('--last <count>', 'begin with this many messages').default(10).argParser(readLast))
    .addOption(
      new Option('--since <seq>', 'begin behind this message, as far as it is kept')
        .argParser(readSeq)
        .conflicts('last'),
    )
    .action(async (options: TailOptions) => {
      const { runTail } = await import('./run.ts')
      await act(runTail(options, io))
    })
}
