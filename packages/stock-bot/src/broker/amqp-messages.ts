/** Commands, replies and announcements as AMQP messages; AMQP.md describes them to people. */
import type { Message } from 'amqplib'
import type { Outgoing } from '@hubbub/hub/amqp'
import type { Command, CommandInfo, Person, Reply } from './broker.ts'
import { commandKey, COMMAND_TTL, EXCHANGES } from './amqp-topology.ts'

export const TYPES = {
  command: 'chat.command.v1',
  reply: 'chat.reply.v1',
  announce: 'chat.bots.announce.v1',
  who: 'chat.bots.who.v1',
} as const

/** A message that somebody else made, and made wrong. */
class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage'
}

/** Who publishes, and when. */
export interface Envelope {
  readonly appId: string
  /** Epoch milliseconds. */
  readonly now: number
}

export function encodeCommand(command: Command, { appId, now }: Envelope): Outgoing {
  const { name, args, room, author } = command
  const left = Math.ceil(Math.min(Math.max(command.deadline - now, 1), COMMAND_TTL))
  return {
    exchange: EXCHANGES.commands,
    routingKey: commandKey(name),
    id: command.id,
    deadline: command.deadline,
    mandatory: true,
    whenDown: 'refuse',
    content: json({ name, args, room, author: person(author) }),
    properties: {
      ...common(TYPES.command, appId, now),
      correlationId: command.commandId,
      replyTo: command.replyTo,
      expiration: String(left),
      headers: { 'x-deadline': command.deadline, ...trace(command) },
    },
  }
}

/** @param deadline after which nobody may answer any more */
export function encodeReply(reply: Reply, deadline: number, { appId, now }: Envelope): Outgoing {
  const { room, text, author } = reply
  return {
    exchange: EXCHANGES.replies,
    routingKey: reply.to,
    id: reply.id,
    deadline,
    mandatory: true,
    content: json({ room, text, author: person(author) }),
    properties: {
      ...common(TYPES.reply, appId, now),
      correlationId: reply.commandId,
      headers: { 'x-deadline': deadline, ...trace(reply) },
    },
  }
}

/** An announcement of commands, or without any the question who is there. */
export function encodeBots(commands: readonly CommandInfo[] | undefined, { appId, now }: Envelope): Outgoing {
  return {
    exchange: EXCHANGES.bots,
    routingKey: '',
    id: crypto.randomUUID(),
    deadline: now + 5_000,
    persistent: false,
    content: json(commands ? { commands } : {}),
    properties: common(commands ? TYPES.announce : TYPES.who, appId, now),
  }
}

/** Longest texts of strangers that are taken, in UTF-16 code units: they get into logs, metrics and memory. */
const LONGEST = { name: 256, args: 32_768 }
/** No command waits longer for its answer, in milliseconds. */
const LONGEST_WAIT = 3_600_000

/**
 * @param name what the queue is for: a command of another name is none of its bots'
 * @throws MalformedMessage naming the field
 */
export function decodeCommand(message: Message, name: string, now: number): Command {
  const { properties } = message
  const body = bodyOf(message)
  if (body['name'] !== name) throw new MalformedMessage(`name must be ${name}, as the queue is for`)
  return {
    id: string(properties.messageId, 'messageId'),
    commandId: string(properties.correlationId, 'correlationId'),
    name,
    args: string(body['args'], 'args', { least: 0, most: LONGEST.args }),
    room: string(body['room'], 'room'),
    author: readPerson(body['author']),
    replyTo: string(properties.replyTo, 'replyTo'),
    deadline: deadlineOf(properties.headers?.['x-deadline'], now),
    ...trace(properties.headers),
  }
}

/** @throws MalformedMessage naming the field */
export function decodeReply(message: Message): Reply {
  const { properties, fields } = message
  const body = bodyOf(message)
  const id = string(properties.messageId, 'messageId')
  // All bots share one author in the log's memory of ids: an id of another shape could hide a stranger's reply.
  if (!id.startsWith('re:'))
    throw new MalformedMessage("messageId must be 're:' and the messageId of the command")
  return {
    id,
    commandId: string(properties.correlationId, 'correlationId'),
    room: string(body['room'], 'room'),
    text: string(body['text'], 'text', { most: Infinity }),
    author: readPerson(body['author']),
    to: fields.routingKey,
    ...trace(properties.headers),
  }
}

/** The announced commands that are well-formed; what else the message holds is ignored. */
export function decodeAnnouncement(message: Message): readonly CommandInfo[] {
  const { commands } = bodyOf(message)
  if (!Array.isArray(commands)) throw new MalformedMessage('commands must be a list')
  return commands.slice(0, 100).flatMap((each: unknown) => {
    const info = isRecord(each) ? each : {}
    const { name } = info
    if (typeof name !== 'string' || !NAME.test(name)) return []
    const { aliases, usage = `/${name}`, description, bot } = info
    const known = Array.isArray(aliases) ? aliases.filter(alias => typeof alias === 'string') : []
    const shown = [usage, description, bot].map(text => (typeof text === 'string' ? text.slice(0, 300) : ''))
    const [use = '', describe = '', shownBot = ''] = shown
    return [
      {
        name,
        aliases: known.filter(alias => NAME.test(alias)).slice(0, 20),
        usage: use,
        description: describe,
        bot: shownBot,
      },
    ]
  })
}

const NAME = /^[a-z][a-z0-9_-]{0,31}$/

const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))

const person = ({ id, name }: Person): Person => ({ id, name })

const common = (type: string, appId: string, now: number): Record<string, unknown> => ({
  type,
  appId,
  contentType: 'application/json',
  timestamp: Math.floor(now / 1_000),
})

/** W3C trace context, where there is one. */
function trace(carrier: { readonly [key: string]: unknown } | object | undefined): {
  traceparent?: string
  tracestate?: string
} {
  const { traceparent, tracestate } = (carrier ?? {}) as Record<string, unknown>
  return {
    ...(typeof traceparent === 'string' ? { traceparent } : {}),
    ...(typeof tracestate === 'string' ? { tracestate } : {}),
  }
}

function deadlineOf(header: unknown, now: number): number {
  if (header === undefined) return now + COMMAND_TTL
  const deadline = typeof header === 'string' ? Number(header) : header
  if (typeof deadline === 'number' && Number.isFinite(deadline)) return Math.min(deadline, now + LONGEST_WAIT)
  throw new MalformedMessage('x-deadline must be a time in epoch milliseconds')
}

function bodyOf({ content }: Message): Record<string, unknown> {
  let body: unknown
  try {
    body = JSON.parse(content.toString('utf8'))
  } catch {
    throw new MalformedMessage(`the body must be JSON (${content.length} bytes that are not)`)
  }
  if (isRecord(body)) return body
  throw new MalformedMessage('the body must be a JSON object')
}

function readPerson(value: unknown): Person {
  if (!isRecord(value)) throw new MalformedMessage('author must be an object with id and name')
  return { id: string(value['id'], 'author.id'), name: string(value['name'], 'author.name') }
}

function string(value: unknown, field: string, { least = 1, most = LONGEST.name } = {}): string {
  if (typeof value === 'string' && value.length >= least && value.length <= most) return value
  const got = typeof value === 'string' ? `one of ${value.length}` : typeof value
  throw new MalformedMessage(`${field} must be a string of ${least} to ${most} characters, got ${got}`)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
