/**
 * What the bot kit lets others watch, through `node:diagnostics_channel`: one TracingChannel for each operation.
 * What subscribers get holds ids, names, sizes and outcomes: never a text, an argument or an answer. Where
 * nobody subscribes, each costs a look at a boolean.
 *
 * `traceparent` and `tracestate` are what goes out with the message: as they came, unless a subscriber puts its
 * own into the object while the operation starts.
 */
import { tracingChannel } from 'node:diagnostics_channel'
import type { Command, Reply } from './broker/broker.ts'

/** What carries a message. */
export interface Carrier {
  /** `rabbitmq`, or `hubbub.memory` in this process. */
  readonly system: string
  /** Where it is, where that is known. */
  readonly server?: { readonly address: string; readonly port: number }
}

/** A message on its way, in each operation of a broker. */
export interface MessageTrace extends Carrier {
  /** The message's id; a reply's is `re:` and its command's. */
  readonly id: string
  /** The id that the client gave the command: the same from the keystroke to the reply. */
  readonly correlationId: string
  readonly room: string
  /** How long the user's arguments, or the reply's text, are: UTF-8 bytes. */
  readonly bytes: number
  traceparent: string | undefined
  tracestate: string | undefined
}

/** A chat hands a command to its broker: `tracing:stock-bot.send:*`. */
export interface SendTrace extends MessageTrace {
  /** The command's name. */
  readonly name: string
}

/** A bot has a command in hand, from its delivery until its reply is confirmed: `tracing:stock-bot.process:*`. */
export interface ProcessTrace extends MessageTrace {
  readonly name: string
  /** How often a bot had it before, as far as the broker says. */
  readonly redeliveries: number
  /** The number that the broker's channel gave the delivery. */
  readonly deliveryTag?: number
  /** What becomes of it; absent until that is known. */
  outcome?: string
}

/** A bot hands a reply to the broker, until that has confirmed it: `tracing:stock-bot.reply:*`. */
export interface ReplyTrace extends MessageTrace {
  /** The id of the log that it is for. */
  readonly to: string
}

/** A chat has a reply in hand, until its log has it: `tracing:stock-bot.answer:*`. */
export type AnswerTrace = ReplyTrace & {
  /** What becomes of it; absent until that is known. */
  outcome?: string
}

/** How a delivery ends: taken, given back, or given up. */
export type Settlement = 'ack' | 'requeue' | 'dead'

/** A bot tells the broker what becomes of a command: `tracing:stock-bot.settle:*`. */
export interface SettleTrace extends Carrier {
  /** The command's name. */
  readonly name: string
  /** The message's id; `'undefined'` where it has none. */
  readonly id: string
  /** As in `MessageTrace`; `'undefined'` where it has none. */
  readonly correlationId: string
  readonly settlement: Settlement
  /** Why, in a word of few: `answered`, `expired`, `malformed`. */
  readonly reason: string
}

/** A command runs, or fails with a TimeoutError since its turn came too late: `tracing:stock-bot.command:*`. */
export interface CommandTrace {
  readonly name: string
  readonly id: string
  readonly correlationId: string
  readonly room: string
  /** W3C trace context of the command, where it had one. */
  readonly traceparent: string | undefined
  readonly tracestate: string | undefined
}

const sending = tracingChannel<unknown, SendTrace>('stock-bot.send')
const processing = tracingChannel<unknown, ProcessTrace>('stock-bot.process')
const running = tracingChannel<unknown, CommandTrace>('stock-bot.command')
const replying = tracingChannel<unknown, ReplyTrace>('stock-bot.reply')
const settling = tracingChannel<unknown, SettleTrace>('stock-bot.settle')
const answering = tracingChannel<unknown, AnswerTrace>('stock-bot.answer')

/** Hands a command over. `send` gets it with the trace context that is to go with it. */
export function traceSend(
  carrier: Carrier,
  command: Command,
  send: (command: Command) => Promise<void>,
): Promise<void> {
  if (!sending.hasSubscribers) return send(command)
  const trace: SendTrace = { ...ofCommand(carrier, command), name: command.name }
  return sending.tracePromise(() => send(carrying(command, trace)), trace)
}

/** Works on a delivery of a command. What `work` resolves with is its outcome, a word. */
export function traceProcess<Outcome extends string>(
  carrier: Carrier,
  command: Command,
  delivery: Pick<ProcessTrace, 'redeliveries' | 'deliveryTag'>,
  work: (command: Command) => Promise<Outcome>,
): Promise<Outcome> {
  if (!processing.hasSubscribers) return work(command)
  const trace: ProcessTrace = { ...ofCommand(carrier, command), name: command.name, ...delivery }
  return processing.tracePromise(async () => {
    const outcome = await work(carrying(command, trace))
    trace.outcome = outcome
    return outcome
  }, trace)
}

/** Runs a command. Subscribers see it start, end and fail, and not what it answers. */
export async function traceCommand(run: () => Promise<string>, command: Command): Promise<string> {
  if (!running.hasSubscribers) return run()
  const { name, id, commandId: correlationId, room, traceparent, tracestate } = command
  const trace: CommandTrace = { name, id, correlationId, room, traceparent, tracestate }
  let text = ''
  await running.tracePromise(async () => {
    text = await run()
  }, trace)
  return text
}

/** Hands a reply over. `publish` gets it with the trace context that is to go with it. */
export function traceReply<T>(
  carrier: Carrier,
  reply: Reply,
  publish: (reply: Reply) => Promise<T>,
): Promise<T> {
  if (!replying.hasSubscribers) return publish(reply)
  const trace = ofReply(carrier, reply)
  return replying.tracePromise(() => publish(carrying(reply, trace)), trace)
}

/** Works on a delivery of a reply. What `work` resolves with is its outcome, a word. */
export function traceAnswer<Outcome extends string>(
  carrier: Carrier,
  reply: Reply,
  work: (reply: Reply) => Promise<Outcome>,
): Promise<Outcome> {
  if (!answering.hasSubscribers) return work(reply)
  const trace: AnswerTrace = ofReply(carrier, reply)
  return answering.tracePromise(async () => {
    const outcome = await work(carrying(reply, trace))
    trace.outcome = outcome
    return outcome
  }, trace)
}

/** Settles a delivery of a command, for a reason in a word or two. */
export function traceSettle<T>(
  carrier: Carrier,
  { name, id, commandId: correlationId }: Pick<Command, 'name' | 'id' | 'commandId'>,
  settlement: Settlement,
  reason: string,
  settle: () => T,
): T {
  if (!settling.hasSubscribers) return settle()
  return settling.traceSync(settle, { ...carrier, name, id, correlationId, settlement, reason })
}

function ofCommand(carrier: Carrier, command: Command): MessageTrace {
  const { id, commandId, room, args, traceparent, tracestate } = command
  return {
    ...carrier,
    id,
    correlationId: commandId,
    room,
    bytes: Buffer.byteLength(args),
    traceparent,
    tracestate,
  }
}

function ofReply(carrier: Carrier, reply: Reply): ReplyTrace {
  const { id, commandId, room, to, text, traceparent, tracestate } = reply
  return {
    ...carrier,
    id,
    correlationId: commandId,
    room,
    to,
    bytes: Buffer.byteLength(text),
    traceparent,
    tracestate,
  }
}

/** The message with the trace context that a subscriber may have put in; itself where none has. */
function carrying<M extends Command | Reply>(message: M, { traceparent, tracestate }: MessageTrace): M {
  if (traceparent === message.traceparent && tracestate === message.tracestate) return message
  const { traceparent: _, tracestate: __, ...rest } = message
  return {
    ...rest,
    ...(traceparent !== undefined && { traceparent }),
    ...(tracestate !== undefined && { tracestate }),
  } as M
}
