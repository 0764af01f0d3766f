/** `@hubbub/stock-bot`: a bot kit, the port to a message broker, and the middleware that gives a chat bots. */
export {
  type BotCommand,
  type Call,
  type CommandDefinition,
  defineCommand,
  ReplyError,
  type RunContext,
} from './command.ts'
export { isCommandName, parseCommand, type ParsedText } from './parse-command.ts'
export { schema, type SchemaIssue, type SchemaResult, type StandardSchemaV1 } from './standard-schema.ts'
export {
  type Broker,
  BrokerError,
  type Command,
  type CommandInfo,
  type ConsumeOptions,
  type Consumer,
  type Person,
  type Reply,
  type ReplyAddress,
} from './broker/broker.ts'
export {
  type DeadLetter,
  type MemoryBroker,
  memoryBroker,
  type MemoryBrokerOptions,
} from './broker/memory.ts'
export { type Cancel, type Clock, systemClock } from './clock.ts'
