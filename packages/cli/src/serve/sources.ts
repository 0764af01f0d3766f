import { parseQuoteSources, type QuoteSource } from '@hubbub/stock-bot'
import { CliError, Exit } from '../exit.ts'

/** The sources that `--quotes` names. Throws a CliError that says what may stand there. */
export function readSources(list: string): QuoteSource[] {
  try {
    return parseQuoteSources(list)
  } catch (error) {
    if (error instanceof Error && error.name === 'QuoteSourcesError')
      throw new CliError(Exit.usage, error.message, { cause: error })
    throw error
  }
}
