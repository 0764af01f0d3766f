/** The command `/stock=AAPL.US`. */
import { type Clock, systemClock } from '../clock.ts'
import { type BotCommand, defineCommand, requireInteger } from '../command.ts'
import { schema } from '../standard-schema.ts'
import { abortWith } from './aborted.ts'
import { askSource, recallFrom } from './ask.ts'
import { isTooLate, unasked } from './budget.ts'
import { formatAnswer } from './format.ts'
import type { QuoteSource } from './source.ts'
import { parseSymbols } from './symbol.ts'

/** What the command is made of. */
export interface StockCommandOptions {
  /** Where quotes come from: best `cachedQuotes(chainQuotes(parseQuoteSources('stooq,sample')))`. */
  readonly source: QuoteSource
  /** Most milliseconds that one command waits for quotes: 1,000 to 3,600,000. @default 20_000 */
  readonly patience?: number
  /** Whether a quote from the cache says how old it is: ` (45 s ago)`. @default false */
  readonly showAge?: boolean
  /** The sources must have the same, for deadlines are told them by it. @default the machine's clock */
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
 *
 * What the source can recall is answered without a timer and without a look at the command's signal. Nothing
 * else is asked for with less than 1.5 s to the deadline, a second of which is kept for the reply: then the
 * answer is that the command has expired.
 * @throws RangeError where `patience` is out of its range
 */
export function stockCommand(options: StockCommandOptions): BotCommand {
  const { source, patience = 20_000, showAge = false, clock = systemClock } = options
  requireInteger('patience', patience, 1_000, 3_600_000)
  return defineCommand({
    name: 'stock',
    aliases: ['quote'],
    usage: '/stock=AAPL.US',
    description: 'The latest price of a listing; several with commas: /stock=AAPL.US,MSFT.US',
    args: symbols,
    timeout: 30_000,
    async run(context) {
      const { args } = context
      const known = recallFrom(source, args)
      if (known) return formatAnswer(args, known, { showAge })
      const now = clock.now()
      const deadline = Math.min(now + patience, context.deadline - MARGIN_MS)
      if (isTooLate(clock, deadline))
        return formatAnswer(
          args,
          args.map(() => unasked(source.name)),
        )
      // Not before this: the signal is made when it is first read, and costs more than all of the above.
      const late = new AbortController()
      const unlink = abortWith(context.signal, late)
      const cancel = clock.setTimer(() => {
        late.abort(new DOMException('the quotes took too long', 'TimeoutError'))
      }, deadline - now)
      try {
        const results = await askSource(source, args, { signal: late.signal, deadline })
        return formatAnswer(args, results, { showAge })
      } finally {
        cancel()
        unlink()
      }
    },
  })
}
