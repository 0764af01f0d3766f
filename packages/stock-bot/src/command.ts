import type { Person } from './broker/broker.ts'
import { mayFail } from './may-fail.ts'
import { isCommandName } from './parse-command.ts'
import { isBlank, textOf } from './reply-text.ts'
import type { StandardSchemaV1 } from './standard-schema.ts'

/** The longest that a command may run by default, in milliseconds: no chat waits longer. */
const DEFAULT_TIMEOUT = 30_000

/**
 * What a command knows about the moment that it is run in. Read from it what you need, or hand it on as it is:
 * a copy made by spreading has no `signal`.
 */
export interface Call {
  /** The same for every redelivery: good as an idempotency key. */
  readonly id: string
  /** The command's name, also where an alias was typed. */
  readonly name: string
  /** What stood behind the name, as it was typed; '' where nothing did. */
  readonly text: string
  readonly room: string
  readonly author: Person
  /**
   * Aborts when the answer would come too late, or the bot must stop. Hand it to `fetch` and the like. It is made
   * when it is first read, and costs nothing where it is not.
   */
  readonly signal: AbortSignal
  /** Epoch milliseconds: when the run must have ended. */
  readonly deadline: number
}

/** What `run` gets. */
export interface RunContext<Args> extends Call {
  /** The text as the `args` schema made it; the text itself where there is no schema. */
  readonly args: Args
}

/** A command, as its author writes it. */
export interface CommandDefinition<Args> {
  /** What users type behind the `/`: a lower-case letter, then at most 31 of letters, digits, `_`, `-`. */
  readonly name: string
  /** Other names for it. @default none */
  readonly aliases?: readonly string[]
  /** How it is used, shown in help and refusals. @default `/name` */
  readonly usage?: string
  /** What it does, in one sentence. @default '' */
  readonly description?: string
  /** Checks the text and turns it into `args`: any Standard Schema, or `schema(text => …)`. @default the text */
  readonly args?: StandardSchemaV1<unknown, Args>
  /** How long it may run, in milliseconds, where its deadline is not nearer. @default 30,000 */
  readonly timeout?: number
  /** How many of it may run at once. @default as many as the bot's */
  readonly concurrency?: number
  /**
   * Commands that have the same key here run one after another, in the order in which they came to this bot; all
   * others side by side. Called once for each, when it comes. @default all side by side
   */
  readonly key?: (call: Call) => string
  /** Does the work. What it returns is the reply; what it throws is explained to the user. */
  run(context: RunContext<Args>): string | Promise<string>
  /**
   * The reply to an error, timeouts (`TimeoutError`) included. Where it returns nothing, an error's
   * `userMessage` is the reply, else a general apology: a stack or a foreign message never is.
   */
  onError?(error: unknown, call: Call): string | undefined
}

/** A command that a bot can take in. */
export interface BotCommand {
  readonly name: string
  readonly aliases: readonly string[]
  readonly usage: string
  readonly description: string
  readonly timeout: number
  readonly concurrency: number | undefined
  /** What commands must share to run one after another; undefined where they need not. */
  readonly key: ((call: Call) => string) | undefined
  /** Checks the arguments and runs. Rejects with what went wrong. */
  answer(call: Call): Promise<string>
  /** The reply to an error. Never throws. */
  explain(error: unknown, call: Call): string
}

/** An error whose message is the reply, word for word: the user is to read it. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError'
  readonly userMessage: string

  constructor(userMessage: string, options?: ErrorOptions) {
    super(userMessage, options)
    this.userMessage = userMessage
  }
}

/** The text that an error has for the user, if it has one. */
export function userMessageOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('userMessage' in error)) return undefined
  try {
    const { userMessage } = error
    return typeof userMessage === 'string' && !isBlank(userMessage) ? userMessage : undefined
  } catch {
    return undefined
  }
}

/**
 * Makes a command out of its parts.
 * @throws TypeError or RangeError where a part is wrong
 * @example
 * const hello = defineCommand({ name: 'hello', run: ({ author }) => `Hello, ${author.name}!` })
 */
export function defineCommand<Args = string>(definition: CommandDefinition<Args>): BotCommand {
  const { name, aliases = [], usage = `/${name}`, description = '' } = definition
  const { timeout = DEFAULT_TIMEOUT, concurrency } = definition
  for (const each of [name, ...aliases])
    if (!isCommandName(each))
      throw new TypeError(
        `a command's name must be a lower-case letter, then at most 31 letters, digits, '_' or '-', got ${JSON.stringify(each)}`,
      )
  requireParts(definition)
  requireInteger(`timeout of /${name}`, timeout, 1, 3_600_000)
  if (concurrency !== undefined) requireInteger(`concurrency of /${name}`, concurrency, 1, 10_000)

  return Object.freeze({
    name,
    aliases: Object.freeze([...aliases]),
    usage,
    description,
    timeout,
    concurrency,
    key: definition.key,
    async answer(call: Call): Promise<string> {
      const args = definition.args ? await checked(definition.args, usage, call.text) : call.text
      // Without a schema, `Args` is `string`: it is the type parameter's default, and nothing else infers it.
      return textOf(
        await definition.run(new RunCall(call, args as Args)),
        `run of /${name} must return the reply's text`,
      )
    },
    explain(error: unknown, call: Call): string {
      try {
        const own: unknown = definition.onError?.(error, call)
        if (typeof own === 'string' && !isBlank(own)) return own
        // One that is `async` comes too late to be the answer, and must not end the process where it fails.
        mayFail(own)
      } catch {
        // An onError that fails must not cost the user the answer; the error itself is reported either way.
      }
      const told = userMessageOf(error)
      if (told !== undefined) return told
      const late = error instanceof Error && error.name === 'TimeoutError'
      return late ? `Sorry, /${name} took too long. Try again.` : `Sorry, /${name} failed. Try again later.`
    },
  })
}

/** What each part has to be, beyond names and numbers. */
const PARTS = {
  usage: 'string',
  description: 'string',
  key: 'function',
  run: 'function',
  onError: 'function',
}

/** Who writes JavaScript has no compiler that says so. */
function requireParts<Args>(definition: CommandDefinition<Args>): void {
  const { name, args } = definition
  for (const [part, type] of Object.entries(PARTS)) {
    const given: unknown = definition[part as keyof typeof PARTS]
    if (typeof given !== type && (given !== undefined || part === 'run'))
      throw new TypeError(`${part} of /${name} must be a ${type}, got ${typeof given}`)
  }
  const standard: unknown = args?.['~standard']
  if (args !== undefined && !(typeof standard === 'object' && standard !== null && 'validate' in standard))
    throw new TypeError(
      `args of /${name} must be a Standard Schema, or made with schema(text => …), got ${typeof args}`,
    )
}

/** @throws RangeError that names the option */
export function requireInteger(name: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return
  throw new RangeError(`${name} must be an integer from ${least} to ${most}, got ${value}`)
}

async function checked<Args>(
  schema: StandardSchemaV1<unknown, Args>,
  usage: string,
  text: string,
): Promise<Args> {
  const result = await schema['~standard'].validate(text)
  if (result.issues) {
    const [issue] = result.issues
    throw new ReplyError(issue ? `Usage: ${usage} – ${issue.message}` : `Usage: ${usage}`)
  }
  return result.value
}

/** A call with its arguments. Its signal is the call's, and not read before somebody wants it. */
class RunCall<Args> implements RunContext<Args> {
  readonly id: string
  readonly name: string
  readonly text: string
  readonly room: string
  readonly author: Person
  readonly deadline: number
  readonly args: Args
  readonly #call: Call

  constructor(call: Call, args: Args) {
    this.id = call.id
    this.name = call.name
    this.text = call.text
    this.room = call.room
    this.author = call.author
    this.deadline = call.deadline
    this.args = args
    this.#call = call
  }

  get signal(): AbortSignal {
    return this.#call.signal
  }
}
