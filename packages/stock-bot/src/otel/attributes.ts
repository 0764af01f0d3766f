/**
 * Names and attributes of spans, after the semantic conventions 1.45 for messaging and for RabbitMQ. Attributes
 * that these renamed are there under their names before as well: what reads spans mostly knows those.
 */
import type { Attributes } from '@opentelemetry/api'
import type { Carrier, MessageTrace } from '../trace.ts'

/** What is done with a message, and where. */
export interface Operation {
  /** The system's own word for it. */
  readonly name: 'send' | 'process' | 'ack' | 'nack' | 'reject'
  readonly type: 'send' | 'process' | 'settle'
  /** Exchange, routing key and, where a message is taken, queue: as AMQP.md has them. In this process there are none, and the names stay. */
  readonly destination: string
  /** The destination without what differs from log to log: ids of logs are many and random. */
  readonly template?: string
  readonly routingKey: string
}

export function sendCommand(name: string): Operation {
  const routingKey = `command.${name}`
  return { name: 'send', type: 'send', destination: `chat.commands:${routingKey}`, routingKey }
}

export function processCommand(name: string): Operation {
  return { ...fromQueue(name), name: 'process', type: 'process' }
}

export function settleCommand(verb: 'ack' | 'nack' | 'reject', name: string): Operation {
  return { ...fromQueue(name), name: verb, type: 'settle' }
}

export function sendReply(log: string): Operation {
  const template = 'chat.replies:{log}'
  return { name: 'send', type: 'send', destination: `chat.replies:${log}`, template, routingKey: log }
}

export function processReply(log: string): Operation {
  const destination = `chat.replies:${log}:chat.replies.${log}.v1`
  const template = 'chat.replies:{log}:chat.replies.{log}.v1'
  return { name: 'process', type: 'process', destination, template, routingKey: log }
}

function fromQueue(name: string): Pick<Operation, 'destination' | 'routingKey'> {
  const routingKey = `command.${name}`
  return { destination: `chat.commands:${routingKey}:bot.${name}.v1`, routingKey }
}

export const spanName = ({ name, destination, template }: Operation): string =>
  `${name} ${template ?? destination}`

/** Attributes of an operation, whatever its message. */
export function operation({ system, server }: Carrier, of: Operation): Attributes {
  return {
    'messaging.system.name': system,
    'messaging.system': system,
    'messaging.operation.name': of.name,
    'messaging.operation.type': of.type,
    'messaging.destination.name': of.destination,
    ...(of.template !== undefined && { 'messaging.destination.template': of.template }),
    'rabbitmq.destination.routing_key': of.routingKey,
    'messaging.rabbitmq.destination.routing_key': of.routingKey,
    ...(server && { 'server.address': server.address, 'server.port': server.port }),
  }
}

/** Attributes of a message: its ids and its size, and nothing that a person wrote. */
export function message({ id, correlationId, bytes, room }: MessageTrace): Attributes {
  return {
    'messaging.message.id': id,
    'messaging.message.conversation_id': correlationId,
    'messaging.message.body.size': bytes,
    'hubbub.room': room,
  }
}

/** Attributes of a message that is settled. */
export const settled = (id: string, correlationId: string, reason: string): Attributes => ({
  'messaging.message.id': id,
  'messaging.message.conversation_id': correlationId,
  'hubbub.settle.reason': reason,
})

/** The number that a channel gave a delivery. */
export const deliveryTag = (tag: number | undefined): Attributes =>
  tag === undefined
    ? {}
    : { 'rabbitmq.message.delivery_tag': tag, 'messaging.rabbitmq.message.delivery_tag': tag }
