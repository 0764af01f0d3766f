import { connect } from 'amqplib'
import { deadQueue } from '../../src/broker/amqp-topology.ts'

/** The ids of the dead letters of one command name; takes them out. */
export async function deadLetters(url: string, name: string): Promise<string[]> {
  const model = await connect(url)
  const channel = await model.createChannel()
  const ids: string[] = []
  for (;;) {
    const message = await channel.get(deadQueue(name), { noAck: true })
    if (!message) break
    ids.push(String(message.properties.messageId))
  }
  await model.close()
  return ids
}
