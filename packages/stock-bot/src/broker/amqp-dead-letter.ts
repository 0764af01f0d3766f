/** A command that was given up, as an AMQP message; AMQP.md describes it to people. */
import type { Message } from 'amqplib'
import type { Outgoing } from '@hubbub/hub/amqp'
import { decodeCommand } from './amqp-messages.ts'
import { COMMAND_TTL, EXCHANGES } from './amqp-topology.ts'

/** Why a command was given up: no bot could settle it, it was too late, or nobody can read it. */
export type Failure = 'poison' | 'expired' | 'malformed'

/** A command that was given up. */
export interface DeadLetter {
  /** The AMQP `messageId`; '' where it has none. */
  readonly id: string
  /** The id that its client gave it; '' where it has none. */
  readonly correlationId: string
  readonly command: string
  /** '' where it cannot be read. */
  readonly room: string
  readonly failure: Failure
  /** What was wrong, where a bot has said so. Nothing that a user typed. */
  readonly reason?: string
  /** When it was given up last, in epoch milliseconds; 0 where nobody says. */
  readonly at: number
  /** How often it was given up: more than once where it was sent again. */
  readonly deaths: number
  readonly traceparent?: string
  /** What the user typed behind the name, or the body where it cannot be read, up to 4,000 characters. */
  readonly text?: string
}

/** Headers of ours: why, in words, when (epoch milliseconds), and how often before that. */
const FAILURE = 'x-dead-reason'
const DETAIL = 'x-dead-detail'
const AT = 'x-dead-at'
const DEATHS = 'x-deaths'
/** What the last death has left, and what would have RabbitMQ send copies elsewhere. */
const SHED = new Set([FAILURE, DETAIL, AT, 'x-death', 'x-delivery-count', 'CC', 'BCC'])
const SHED_PREFIXES = ['x-first-death-', 'x-last-death-']

/** How a command goes to the dead letters with the reason that `nack` cannot carry. */
export function encodeDeadLetter(
  message: Message,
  { failure, reason, now, ms }: { failure: Failure; reason: string; now: number; ms: number },
): Outgoing {
  return {
    exchange: EXCHANGES.deadLetters,
    routingKey: message.fields.routingKey,
    id: idOf(message) || crypto.randomUUID(),
    deadline: now + ms,
    mandatory: true,
    whenDown: 'refuse',
    content: message.content,
    properties: {
      ...kept(message),
      headers: { ...headersOf(message), [FAILURE]: failure, [DETAIL]: reason.slice(0, 200), [AT]: now },
    },
  }
}

/** Properties of a dead letter that is to be a command again: the same one, with all of its time before it. */
export function revived(message: Message, now: number): Record<string, unknown> {
  return {
    ...kept(message),
    ...(idOf(message) !== '' && { messageId: idOf(message) }),
    persistent: true,
    mandatory: true,
    expiration: String(COMMAND_TTL),
    headers: { ...headersOf(message), [DEATHS]: deathsOf(message), 'x-deadline': now + COMMAND_TTL },
  }
}

/** What an operator may know about a dead letter; what a user typed only `withText`. */
export function readDeadLetter(message: Message, withText: boolean): DeadLetter {
  const { properties, content } = message
  const headers = properties.headers ?? {}
  const { traceparent } = headers
  const reason: unknown = headers[DETAIL]
  const body = bodyOf(message)
  const text = body ? body.args : content.toString('utf8')
  return {
    id: idOf(message),
    correlationId: typeof properties.correlationId === 'string' ? properties.correlationId : '',
    command: commandOf(message),
    room: body?.room ?? '',
    failure: failureOf(message),
    ...(typeof reason === 'string' && { reason }),
    at: diedAt(message),
    deaths: deathsOf(message),
    ...(typeof traceparent === 'string' && { traceparent }),
    ...(withText && { text: text.slice(0, 4_000) }),
  }
}

/** Tells dead letters apart: by their id, or by what is in them where they have none. */
export const keyOf = (message: Message): string => idOf(message) || message.content.toString('latin1')

/** RabbitMQ's own record of a message that it has taken out of a queue of commands. */
function deathOf({ properties }: Message): Record<string, unknown> | undefined {
  const deaths: unknown = properties.headers?.['x-death']
  return Array.isArray(deaths) ? (deaths as Record<string, unknown>[])[0] : undefined
}

function failureOf(message: Message): Failure {
  const death = deathOf(message)
  switch (death?.['reason']) {
    case 'delivery_limit':
      return 'poison'
    case 'expired':
      return 'expired'
    case undefined: {
      const said: unknown = message.properties.headers?.[FAILURE]
      if (said === 'poison' || said === 'expired' || said === 'malformed') return said
      break
    }
  }
  // A bot that only rejects does not say why; the message does.
  try {
    const at = diedAt(message)
    return decodeCommand(message, commandOf(message), at).deadline <= at ? 'expired' : 'poison'
  } catch {
    return 'malformed'
  }
}

function diedAt(message: Message): number {
  const said: unknown = message.properties.headers?.[AT]
  // Whatever a stranger has put there: outside of this range there is no date.
  if (typeof said === 'number' && said >= 0 && said <= 8.64e15) return said
  const time = deathOf(message)?.['time']
  const seconds: unknown = typeof time === 'object' && time !== null && 'value' in time ? time.value : 0
  // RabbitMQ counts whole seconds, and rounds down.
  return typeof seconds === 'number' ? seconds * 1_000 : 0
}

function deathsOf(message: Message): number {
  const before: unknown = message.properties.headers?.[DEATHS]
  return (typeof before === 'number' && before > 0 ? before : 0) + 1
}

function headersOf({ properties }: Message): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(properties.headers ?? {}).filter(
      ([name]) => !SHED.has(name) && !SHED_PREFIXES.some(prefix => name.startsWith(prefix)),
    ),
  )
}

// Not `expiration`, by which a dead letter would end, nor `userId`, which is right for its first sender alone.
function kept({ properties }: Message): Record<string, unknown> {
  const { contentType, contentEncoding, correlationId, replyTo, timestamp, type, appId } = properties
  return { contentType, contentEncoding, correlationId, replyTo, timestamp, type, appId }
}

const commandOf = ({ fields }: Message): string => fields.routingKey.replace(/^command\./, '')

const idOf = ({ properties }: Message): string =>
  typeof properties.messageId === 'string' ? properties.messageId : ''

function bodyOf({ content }: Message): { readonly args: string; readonly room: string } | undefined {
  try {
    const { args, room } = JSON.parse(content.toString('utf8')) as Record<string, unknown>
    return typeof args === 'string' && typeof room === 'string' ? { args, room } : undefined
  } catch {
    return undefined
  }
}
