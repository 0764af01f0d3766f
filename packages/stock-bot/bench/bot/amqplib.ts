import { type ChannelModel, connect, type ConsumeMessage, type Options } from 'amqplib'
import {
  commandKey,
  declareCommandQueue,
  declareExchanges,
  declareReplyQueue,
  EXCHANGES,
} from '../../src/broker/amqp-topology.ts'
import { ANSWER, command, LOG, NAME } from './command.ts'
import type { OpenSystem } from './round-trips.ts'

/** As many as a bot of 64 commands at once takes. */
const PREFETCH = 128

/**
 * The same way with amqplib alone, and with nothing else: no bound, no deadline, no second try. Messages,
 * queues, confirms and the order of settling are the same; each side has the same two connections.
 */
export const openBare =
  (url: string): OpenSystem =>
  async replied => {
    const models = await Promise.all(
      Array.from({ length: 4 }, () => connect(url, { noDelay: true } as Parameters<typeof connect>[1])),
    )
    const [hubOut, hubIn, botOut, botIn] = models as [ChannelModel, ChannelModel, ChannelModel, ChannelModel]
    const sending = await hubOut.createConfirmChannel()
    const replying = await botOut.createConfirmChannel()
    const replies = await hubIn.createChannel()
    const commands = await botIn.createChannel()
    await declareExchanges(replies)
    const commandsOf = await declareCommandQueue(commands, NAME)
    const repliesOf = await declareReplyQueue(replies, { id: LOG, durable: true })
    await commands.prefetch(PREFETCH)
    await replies.prefetch(PREFETCH)
    await commands.consume(commandsOf, message => {
      if (!message) return
      const text = answer(message)
      replying.publish(EXCHANGES.replies, LOG, text, propertiesOf(message, 'bot.reply.v1'), error => {
        if (error) commands.nack(message)
        else commands.ack(message)
      })
    })
    await replies.consume(repliesOf, message => {
      if (!message) return
      JSON.parse(message.content.toString())
      replied(String(message.properties.correlationId))
      replies.ack(message)
    })
    return {
      send: id =>
        new Promise((resolve, reject) => {
          const { commandId, name, args, room, author, replyTo, deadline, traceparent } = command(id)
          sending.publish(
            EXCHANGES.commands,
            commandKey(NAME),
            Buffer.from(JSON.stringify({ name, args, room, author })),
            {
              messageId: id,
              correlationId: commandId,
              replyTo,
              type: 'stock.command.v1',
              appId: 'bench-hub',
              contentType: 'application/json',
              timestamp: Math.floor(Date.now() / 1_000),
              expiration: '30000',
              persistent: true,
              mandatory: true,
              headers: { 'x-deadline': deadline, traceparent },
            },
            error => {
              if (error) reject(error as Error)
              else resolve()
            },
          )
        }),
      async close() {
        for (const model of models) await model.close()
      },
    }
  }

function answer({ content }: ConsumeMessage): Buffer {
  const { room } = JSON.parse(content.toString()) as { room: string }
  return Buffer.from(JSON.stringify({ room, text: ANSWER, author: { id: 'bot:bench', name: 'bench' } }))
}

function propertiesOf({ properties }: ConsumeMessage, type: string): Options.Publish {
  return {
    messageId: `re:${properties.messageId}`,
    correlationId: properties.correlationId as string,
    type,
    appId: 'bench-bot',
    contentType: 'application/json',
    timestamp: Math.floor(Date.now() / 1_000),
    persistent: true,
    mandatory: true,
    headers: properties.headers,
  }
}
