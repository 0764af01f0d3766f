import { Command, CommanderError, Option } from 'commander'
import { requireBotName } from '../bot-name.ts'
import { isCommandName } from '../parse-command.ts'
import { parseQuoteSources, QuoteSourcesError } from '../quotes/parse-sources.ts'
import type { QuoteSource } from '../quotes/source.ts'
import { type HttpAddress, parseHttp } from './hosts.ts'
import type { LogFormat } from './log.ts'
import { EXAMPLES, EXIT_CODES } from './texts.ts'

/** How the bot is to be run. */
export interface ServiceOptions {
  /** RabbitMQ's addresses, tried in turn. They hold passwords: never shown. */
  readonly amqp: readonly string[]
  readonly quotes: readonly QuoteSource[]
  readonly concurrency: number
  readonly name: string
  readonly log: LogFormat
  /** Where health, readiness and metrics are served; undefined: nowhere. */
  readonly http: HttpAddress | undefined
}

/** What `doctor` is to look at. */
export interface DoctorOptions {
  readonly amqp: readonly string[]
  /** The command whose queues are looked at. */
  readonly command: string
  /** The text of `--quotes`, for it may be what is wrong. */
  readonly quotes: string
  /** What each source is asked for. */
  readonly symbol: string
  readonly json: boolean
}

/** What `dlq` is to do with the dead letters of a command. */
export interface DeadLetterOptions {
  readonly verb: 'list' | 'replay' | 'purge'
  readonly amqp: readonly string[]
  /** The command's name. */
  readonly command: string
  readonly limit: number
  /** Messages a second. */
  readonly rate: number
  /** Whether the texts that users typed are shown. */
  readonly showText: boolean
  readonly json: boolean
}

/** What the operator wants. */
export type Task =
  | { readonly kind: 'serve'; readonly options: ServiceOptions }
  | { readonly kind: 'doctor'; readonly options: DoctorOptions }
  | { readonly kind: 'dlq'; readonly options: DeadLetterOptions }

/** A command line that cannot be carried out. Whoever wrote it has been told why. */
export const isUsageError = (error: unknown): error is CommanderError => error instanceof CommanderError

/**
 * Reads the command line.
 * @throws CommanderError where it is wrong, and for --help and --version (with exit code 0)
 */
export function readTask(argv: readonly string[], version: string): Task {
  let task: Task | undefined
  const program = new Command('stock-bot')
    .description('Answers /stock=AAPL.US in chats, over RabbitMQ.')
    .version(version)
    .addOption(amqpOption())
    .addOption(quotesOption())
    .option('--concurrency <n>', 'commands that run at once', '16')
    .option('--name <name>', 'name that the bot shows', 'stock-bot')
    .addOption(
      new Option(
        '--http <[host:]port>',
        'serves /healthz, /readyz and /metrics; without a host, to this machine alone',
      ).env('STOCK_BOT_HTTP'),
    )
    .addOption(new Option('--log <format>', 'form of the log').choices(['text', 'json']).default('text'))
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .action((given: Given) => {
      task = { kind: 'serve', options: serviceOptions(program, given) }
    })

  program
    .command('doctor')
    .description('Says what is wrong with RabbitMQ, with what is declared there, and with the quote sources.')
    .option('--symbol <symbol>', 'what each source is asked for', 'AAPL.US')
    .option('--command <name>', 'the command whose queues are looked at', 'stock')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', EXIT_CODES.doctor)
    .action((own: { readonly symbol: string; readonly command: string; readonly json?: true }) => {
      const { amqp = [], quotes } = program.opts<Given>()
      for (const url of amqp) requireAmqp(program, url)
      requireName(program, own.command)
      task = { kind: 'doctor', options: { ...own, amqp, quotes, json: own.json === true } }
    })

  const dlq = program
    .command('dlq')
    .description('Looks at commands that were given up, sends them again, or deletes them.')
    .addHelpText('after', EXIT_CODES.dlq)
  for (const { verb, description } of VERBS) {
    const command = dlq
      .command(verb)
      .description(description)
      .argument('[command]', "the command's name", 'stock')
      .option('--json', 'one JSON object a line')
    if (verb === 'list') command.option('--limit <n>', 'most that are shown', '50')
    if (verb === 'list') command.option('--show-text', 'shows what users typed')
    if (verb === 'replay') command.option('--limit <n>', 'most that are sent again', '1000')
    if (verb === 'replay') command.option('--rate <n>', 'at most so many a second', '10')
    if (verb === 'purge') command.option('--yes', 'really deletes them')
    command.action((name: string, own: DeadLetterGiven) => {
      task = { kind: 'dlq', options: deadLetterOptions(program, verb, name, own) }
    })
  }

  program.parse(argv)
  // commander has thrown by now where no action ran.
  if (!task) throw new Error('no task was read')
  return task
}

interface Given {
  readonly amqp?: readonly string[]
  readonly quotes: string
  readonly concurrency: string
  readonly name: string
  readonly log: LogFormat
  readonly http?: string
}

interface DeadLetterGiven {
  readonly json?: true
  readonly limit?: string
  readonly rate?: string
  readonly showText?: true
  readonly yes?: true
}

const VERBS = [
  { verb: 'list', description: 'Lists them, oldest first; they stay where they are.' },
  { verb: 'replay', description: 'Sends them to the bots again, with a new deadline.' },
  { verb: 'purge', description: 'Deletes them for good.' },
] as const

function amqpOption(): Option {
  return new Option(
    '--amqp <url>',
    'address of RabbitMQ, or several, tried in turn; in the environment, others cannot see its password',
  )
    .env('AMQP_URL')
    .argParser((text: string, before: readonly string[] | undefined) => [
      ...(before ?? []),
      // A password may hold a comma; an address begins with its scheme.
      ...text.split(/,(?=\s*amqps?:)/).map(url => url.trim()),
    ])
}

const quotesOption = (): Option =>
  new Option('--quotes <sources>', 'stooq, finnhub, sample or a URL, in the order to try them').default(
    'stooq',
  )

function serviceOptions(program: Command, given: Given): ServiceOptions {
  const amqp = requiredAmqp(program, given)
  const concurrency = integer(program, '--concurrency', given.concurrency, 10_000)
  const http = given.http === undefined ? undefined : parseHttp(given.http)
  if (given.http !== undefined && !http)
    program.error('error: --http must be a port, or host:port: 9464, 0.0.0.0:9464, [::]:9464')
  try {
    requireBotName(given.name)
    return { ...given, amqp, concurrency, http, quotes: parseQuoteSources(given.quotes) }
  } catch (error) {
    if (error instanceof QuoteSourcesError) program.error(`error: ${error.message}`)
    if (error instanceof TypeError) program.error(`error: --name: ${error.message}`)
    throw error
  }
}

function deadLetterOptions(
  program: Command,
  verb: DeadLetterOptions['verb'],
  command: string,
  own: DeadLetterGiven,
): DeadLetterOptions {
  const amqp = requiredAmqp(program, program.opts<Given>())
  requireName(program, command)
  if (verb === 'purge' && own.yes !== true)
    program.error(
      `error: purge deletes the dead letters of /${command} for good: say --yes, or look at them with list`,
    )
  return {
    verb,
    amqp,
    command,
    limit: integer(program, '--limit', own.limit ?? '1', 1_000_000),
    rate: integer(program, '--rate', own.rate ?? '1', 10_000),
    showText: own.showText === true,
    json: own.json === true,
  }
}

function requiredAmqp(program: Command, { amqp = [] }: Pick<Given, 'amqp'>): readonly string[] {
  if (amqp.length === 0)
    program.error("error: required option '--amqp <url>' not specified, and AMQP_URL is not set")
  for (const url of amqp) requireAmqp(program, url)
  return amqp
}

// commander quotes what it refuses; an address may hold a password, so it is checked here.
function requireAmqp(program: Command, url: string): void {
  if (!URL.canParse(url) || !/^amqps?:\/\/[^/]/.test(url))
    program.error('error: --amqp must look like amqp://user:password@host:5672/vhost, or amqps://')
}

function requireName(program: Command, command: string): void {
  if (!isCommandName(command))
    program.error('error: a command is named like stock: a lower-case letter, then letters, digits, _ or -')
}

function integer(program: Command, option: string, text: string, most: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < 1 || value > most)
    program.error(`error: ${option} must be an integer from 1 to ${most}`)
  return value
}
