import type { Command } from 'commander'
import type { Io } from '../../io.ts'
import type { Act } from '../../program.ts'
import { quotesFlag } from '../flags.ts'

/** The flags of `quote`. */
export interface QuoteOptions {
  readonly quotes: string
}

const HELP = `Asks a quote source directly, without any chat.

Examples:
  $ chat-cli quote AAPL.US
  $ chat-cli quote AAPL.US MSFT.US --quotes sample
  $ chat-cli quote AAPL.US --quotes http://127.0.0.1:8080

Ends with 3 where a symbol is not found.
`

export function addQuote(program: Command, io: Io, act: Act): void {
  program
    .command('quote')
    .summary('the price of a listing')
    .addHelpText('before', HELP)
    .argument('<symbol...>', 'such as AAPL.US')
    .addOption(quotesFlag('stooq'))
    .action(async (symbols: string[], options: QuoteOptions) => {
      const { runQuote } = await import('./run.ts')
      await act(runQuote(symbols, options, io))
    })
}
