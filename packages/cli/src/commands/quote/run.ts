import {
  chainQuotes,
  formatQuote,
  formatRefusal,
  parseSymbols,
  type QuoteFailure,
  type QuoteResult,
} from '@hubbub/stock-bot'
import { CliError, Exit, type ExitCode } from '../../exit.ts'
import { type Io, print, say } from '../../io.ts'
import { pause } from '../../net/pause.ts'
import { readSources } from '../../serve/sources.ts'
import { sanitizeLine } from '../../terminal/sanitize.ts'
import type { QuoteOptions } from './command.ts'

/** How long the sources may take together, in milliseconds. */
const PATIENCE_MS = 30_000

const CODES: Readonly<Record<QuoteFailure, ExitCode>> = {
  'not-found': Exit.notFound,
  auth: Exit.auth,
  network: Exit.noConnection,
  timeout: Exit.noAnswer,
  'rate-limited': Exit.refused,
  blocked: Exit.refused,
  gone: Exit.refused,
  malformed: Exit.refused,
  http: Exit.refused,
}

/** Prints each quote; each failure goes to standard error, and the first decides the exit code. */
export async function runQuote(given: readonly string[], { quotes }: QuoteOptions, io: Io): Promise<number> {
  const source = chainQuotes(readSources(quotes))
  const parsed = parseSymbols(given.join(' '))
  if (!parsed.ok) throw new CliError(Exit.usage, parsed.message)
  const { symbols } = parsed
  const results = await ask(late => source.quotes(symbols, { signal: late }), io)
  let code: ExitCode = Exit.ok
  for (const [index, symbol] of symbols.entries()) {
    const result = results[index]
    if (result?.ok) print(io, sanitizeLine(formatQuote(result.quote)))
    else if (result) {
      say(io, sanitizeLine(formatRefusal(symbol, result)))
      if (code === Exit.ok) code = CODES[result.kind]
    }
  }
  return code
}

/** Follows the process's signal, and gives up in time; the source answers then with a `timeout`. */
async function ask(
  question: (late: AbortSignal) => Promise<readonly QuoteResult[]>,
  { clock, signal }: Io,
): Promise<readonly QuoteResult[]> {
  const late = new AbortController()
  const answered = new AbortController()
  void pause(clock, PATIENCE_MS, answered.signal).then(
    () => {
      late.abort(new DOMException('the quotes took too long', 'TimeoutError'))
    },
    () => {},
  )
  const results = await question(AbortSignal.any([signal, late.signal]))
  answered.abort()
  signal.throwIfAborted()
  return results
}
