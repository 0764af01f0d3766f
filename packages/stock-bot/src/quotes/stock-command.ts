/** The command `/stock=AAPL.US`. */
import { type Clock, systemClock } from '../clock.ts'
import { type BotCommand, defineCommand, requireInteger } from '../command.ts'
import { schema } from '../standard-schema.ts'
import { askSource } from './ask.ts'
import { formatAnswer } from './format.ts'
import type { QuoteSource } from './source.ts'
import { parseSymbols } from './symbol.ts'

/** What the command is made of. */
export interface StockCommandOptions {
  /** Where quotes come from: best `cachedQuotes(chainQuotes(parseQuoteSources('stooq,sample')))`. */
  readonly source: QuoteSource
  /** Most milliseconds that one command waits for quotes: 1 to 3,600,000. @default 20_000 */
  readonly patience?: number
  /** @default the machine's clock */
  readonly clock?: Clock
}

/** Kept back from the time that is left, so that "the source did not answer" itself arrives in time. */
const MARGIN_MS = 1_000

const symbols = schema((text: string) => {
  const parsed = parseSymbols(text)
  if (!parsed.ok) throw new Error(parsed.message)
  return parsed.symbols
})

/**
 * `/stock=AAPL.US` is answered with `AAPL.US quote is $93.42 per share`; several symbols, separated by commas
 * or spaces, with a line each from one request. Every failure of a source is an answer that names it.
 * @throws RangeError where `patience` is out of its range
 */
export function stockCommand({
  source,
  patience = 20_000,
  clock = systemClock,
}: StockCommandOptions): BotCommand {
  requireInteger('patience', patience, 1, 3_600_000)
  return defineCommand({
    name: 'stock',
    aliases: ['quote'],
    usage: '/stock=AAPL.US',
    description: 'The latest price of a listing; several with commas: /stock=AAPL.US,MSFT.US',
    args: symbols,
    timeout: 30_000,
    async run({ args, signal, deadline }) {
      const late = new AbortController()
      const cancel = clock.setTimer(
        () => {
          late.abort(new DOMException('the quotes took too long', 'TimeoutError'))
        },
        Math.max(0, Math.min(patience, deadline - clock.now() - MARGIN_MS)),
      )
      try {
        const results = await askSource(source, args, AbortSignal.any([signal, late.signal]))
        return formatAnswer(args, results)
      } finally {
        cancel()
      }
    },
  })
}
