/** The exchanges and queues of commands and replies, as AMQP.md describes them to people. */
import type { Channel } from 'amqplib'
import type { ReplyAddress } from './broker.ts'

export const EXCHANGES = {
  commands: 'chat.commands',
  deadLetters: 'chat.dlx',
  bots: 'chat.bots',
  replies: 'chat.replies',
} as const

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** How often a command is given to a bot again before it is a dead letter. */
export const DELIVERY_LIMIT = 3
/** RabbitMQ before 4.0 has no word for "without limit". */
const UNLIMITED = 1_000_000
/** How long a command may wait for a bot, in milliseconds; nobody waits longer for its answer. */
export const COMMAND_TTL = 30_000

/** The queue that all bots which answer to a name share. The version changes with its arguments: see AMQP.md. */
export const commandQueue = (name: string): string => `bot.${name}.v1`
export const deadQueue = (name: string): string => `${commandQueue(name)}.dead`
export const commandKey = (name: string): string => `command.${name}`
export const replyQueue = (log: string): string => `chat.replies.${log}.v1`

/** What both sides need before they publish: a message to an exchange that is not there closes its channel. */
export async function declareExchanges(channel: Channel): Promise<void> {
  await channel.assertExchange(EXCHANGES.commands, 'topic', { durable: true })
  await channel.assertExchange(EXCHANGES.deadLetters, 'topic', { durable: true })
  await channel.assertExchange(EXCHANGES.bots, 'fanout', { durable: true })
  await channel.assertExchange(EXCHANGES.replies, 'topic', { durable: true })
}

/** A bot's queue and its dead letters. Returns the queue's name. */
export async function declareCommandQueue(channel: Channel, name: string): Promise<string> {
  const queue = commandQueue(name)
  const dead = deadQueue(name)
  await channel.assertQueue(dead, {
    durable: true,
    arguments: {
      'x-queue-type': 'quorum',
      'x-message-ttl': 7 * DAY,
      'x-max-length': 10_000,
      // Each look at a dead letter counts as a delivery; RabbitMQ 4 drops it after 20 unless told otherwise.
      'x-delivery-limit': UNLIMITED,
    },
  })
  await channel.bindQueue(dead, EXCHANGES.deadLetters, commandKey(name))
  await channel.assertQueue(queue, {
    durable: true,
    arguments: {
      'x-queue-type': 'quorum',
      'x-delivery-limit': DELIVERY_LIMIT,
      'x-message-ttl': COMMAND_TTL,
      'x-max-length': 10_000,
      'x-overflow': 'reject-publish',
      'x-dead-letter-exchange': EXCHANGES.deadLetters,
      'x-dead-letter-strategy': 'at-least-once',
    },
  })
  await channel.bindQueue(queue, EXCHANGES.commands, commandKey(name))
  return queue
}

/** The queue of one log's replies. Returns its name. */
export async function declareReplyQueue(channel: Channel, { id, durable }: ReplyAddress): Promise<string> {
  const queue = replyQueue(id)
  await channel.assertQueue(
    queue,
    durable
      ? {
          durable: true,
          arguments: {
            'x-queue-type': 'quorum',
            'x-expires': 5 * MINUTE,
            // RabbitMQ 4 drops a message after 20 redeliveries unless told otherwise; a reply must outlive more.
            'x-delivery-limit': UNLIMITED,
          },
        }
      : { exclusive: true, durable: false, autoDelete: true },
  )
  await channel.bindQueue(queue, EXCHANGES.replies, id)
  return queue
}

/** A process's own queue of announcements; it ends with its connection. */
export async function declareBotsQueue(channel: Channel): Promise<string> {
  const { queue } = await channel.assertQueue('', {
    exclusive: true,
    durable: false,
    autoDelete: true,
    arguments: { 'x-max-length': 1_000 },
  })
  await channel.bindQueue(queue, EXCHANGES.bots, '')
  return queue
}
