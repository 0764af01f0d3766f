import { Command, Option } from 'commander'
import { parseQuoteSources, QuoteSourcesError } from '../quotes/parse-sources.ts'
import type { QuoteSource } from '../quotes/source.ts'
import { requireBotName } from '../bot-name.ts'
import type { LogFormat } from './log.ts'

/** What the operator wants. */
export interface ServiceOptions {
  /** RabbitMQ's address. Holds a password: never shown. */
  readonly amqp: string
  readonly quotes: readonly QuoteSource[]
  readonly concurrency: number
  readonly name: string
  readonly log: LogFormat
}

const EXAMPLES = `
Examples:
  $ stock-bot --amqp amqp://guest:guest@127.0.0.1:5672
  $ AMQP_URL=amqps://bot:secret@mq.example/chat stock-bot --quotes stooq,sample --log json
  $ stock-bot --amqp amqp://127.0.0.1 --quotes http://127.0.0.1:8080

It answers /stock=AAPL.US in every chat on that RabbitMQ. SIGTERM lets it finish what it has begun (10 s),
a second one ends it at once.`

/**
 * Reads the command line.
 * @throws CommanderError where it is wrong, and for --help and --version (with exit code 0)
 */
export function readOptions(argv: readonly string[], version: string): ServiceOptions {
  const program = new Command('stock-bot')
    .description('Answers /stock=AAPL.US in chats, over RabbitMQ.')
    .version(version)
    .addOption(
      new Option('--amqp <url>', 'address of RabbitMQ; in the environment, others cannot see its password')
        .env('AMQP_URL')
        .makeOptionMandatory(),
    )
    .option('--quotes <sources>', 'stooq, finnhub, sample or a URL, in the order to try them', 'stooq')
    .option('--concurrency <n>', 'commands that run at once', '16')
    .option('--name <name>', 'name that the bot shows', 'stock-bot')
    .addOption(new Option('--log <format>', 'form of the log').choices(['text', 'json']).default('text'))
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .parse(argv)
  const given = program.opts<
    Record<'amqp' | 'quotes' | 'concurrency' | 'name', string> & { log: LogFormat }
  >()
  // commander quotes what it refuses; an address may hold a password, so it is checked here.
  if (!URL.canParse(given.amqp) || !/^amqps?:\/\/[^/]/.test(given.amqp))
    program.error('error: --amqp must look like amqp://user:password@host:5672/vhost, or amqps://')
  const concurrency = Number(given.concurrency)
  if (!/^\d+$/.test(given.concurrency) || concurrency < 1 || concurrency > 10_000)
    program.error('error: --concurrency must be an integer from 1 to 10000')
  try {
    requireBotName(given.name)
    return { ...given, concurrency, quotes: parseQuoteSources(given.quotes) }
  } catch (error) {
    if (error instanceof QuoteSourcesError) program.error(`error: ${error.message}`)
    if (error instanceof TypeError) program.error(`error: --name: ${error.message}`)
    throw error
  }
}
