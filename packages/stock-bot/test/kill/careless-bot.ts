/**
 * Bots that break one rule of AMQP.md each, for the drill to find: `careless-bot.ts URL acks-first` acknowledges a
 * command before it answers it, `careless-bot.ts URL own-ids` gives each answer another id.
 */
import { connect } from 'amqplib'
import { systemClock } from '@hubbub/hub'
import { declareCommandQueue, declareExchanges } from '../../src/broker/amqp-topology.ts'

const WORK_MS = 100

const [url = '', fault] = process.argv.slice(2)
const later = (work: () => void): void => {
  systemClock.setTimer(work, WORK_MS)
}
const model = await connect(url)
const channel = await model.createChannel()
await declareExchanges(channel)
const queue = await declareCommandQueue(channel, 'echo')
await channel.prefetch(128)
await channel.consume(queue, message => {
  if (!message) return
  const { properties } = message
  const id = String(properties.messageId)
  const { room, args } = JSON.parse(message.content.toString()) as Record<string, string>
  process.stdout.write(`${id}\n`)
  const answer = (replyId: string): void => {
    const body = { room, text: `echo ${args}`, author: { id: 'bot:bot', name: 'bot' } }
    const { correlationId, replyTo } = properties
    const ids = { messageId: `re:${replyId}`, correlationId: String(correlationId) }
    channel.publish('chat.replies', String(replyTo), Buffer.from(JSON.stringify(body)), ids)
  }
  if (fault === 'acks-first') {
    channel.ack(message)
    later(() => {
      answer(id)
    })
  } else {
    answer(crypto.randomUUID())
    later(() => {
      channel.ack(message)
    })
  }
})
process.stdout.write('ready\n')
process.stdin.resume().on('end', () => {
  process.exit()
})
