/** `@hubbub/stock-bot`: a bot kit, the port to a message broker, and the middleware that gives a chat bots. */
export { createBot } from './bot.ts'
export type { Bot, BotOptions, BotStats, InjectOptions, StopReport } from './bot-options.ts'
export {
  type BotCommand,
  type Call,
  type CommandDefinition,
  defineCommand,
  ReplyError,
  type RunContext,
} from './command.ts'
export type { BotMiddleware } from './middleware.ts'
export type { OutgoingReply, ReplyTransformer } from './transform.ts'
export { commands, type CommandsOptions } from './commands.ts'
export type { BotPost, ChatContext, ChatHost, ChatMiddleware, ChatRequest } from './chat.ts'
export type {
  AnswerTrace,
  Carrier,
  CommandTrace,
  MessageTrace,
  ProcessTrace,
  ReplyTrace,
  SendTrace,
  Settlement,
  SettleTrace,
} from './trace.ts'
export type { ConnectionEvent, DrainEvent } from './trace-events.ts'
export { isCommandName, parseCommand, type ParsedText } from './parse-command.ts'
export { schema, type SchemaIssue, type SchemaResult, type StandardSchemaV1 } from './standard-schema.ts'
export {
  type Broker,
  BrokerError,
  type Command,
  type CommandHandler,
  type CommandInfo,
  type ConsumeOptions,
  type Consumer,
  type HandlerContext,
  type Person,
  type Reply,
  type ReplyAddress,
} from './broker/broker.ts'
export { memoryBroker } from './broker/memory.ts'
export type { DeadLetter, MemoryBroker, MemoryBrokerOptions } from './broker/memory-options.ts'
export { type Cancel, type Clock, systemClock } from './clock.ts'
export { MIN_BUDGET_MS } from './budget.ts'
export { Breaker, type BreakerOptions, type BreakerState, type Permit } from './quotes/breaker.ts'
export { MIN_REQUEST_MS } from './quotes/budget.ts'
export { cachedQuotes } from './quotes/cache.ts'
export type { CachedQuotes, CacheOptions, CacheStats } from './quotes/cache-options.ts'
export { chainQuotes, type ChainOptions, type QuoteChain, type SourceState } from './quotes/chain.ts'
export { machineClock, type QuoteClock } from './quotes/clock.ts'
export type { Fetch } from './quotes/fetch-text.ts'
export { finnhub, type FinnhubOptions } from './quotes/finnhub.ts'
export { formatAnswer, type FormatOptions, formatQuote, formatRefusal } from './quotes/format.ts'
export { parseQuoteSources, QuoteSourcesError, type SourcesOptions } from './quotes/parse-sources.ts'
export { parseStooq } from './quotes/parse.ts'
export { SAMPLE_PRICES, sampleQuotes } from './quotes/sample.ts'
export {
  type AskOptions,
  type Quote,
  type QuoteFailure,
  type QuoteRefusal,
  type QuoteResult,
  type QuoteSource,
  SAMPLE_SOURCE,
} from './quotes/source.ts'
export { stockCommand, type StockCommandOptions } from './quotes/stock-command.ts'
export { stooq, type StooqOptions } from './quotes/stooq.ts'
export type { BreakerEvent, CacheEvent, QuotesTrace } from './quotes/trace-quotes.ts'
export { MAX_SYMBOLS, type ParsedSymbols, parseSymbols, SYMBOL_FORM } from './quotes/symbol.ts'
