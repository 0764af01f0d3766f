import { type AmqpConnection, within } from '@hubbub/hub/amqp'
import type { ConfirmChannel, GetMessage } from 'amqplib'
import { revived } from './amqp-dead-letter.ts'
import { EXCHANGES } from './amqp-topology.ts'
import { BrokerError } from './broker.ts'

/** A channel to look at dead letters with. What was taken and not sent goes back, in order, when it is closed. */
export interface DeadLetterDesk extends AsyncDisposable {
  /** What lies in a queue, and how many take from it. Rejects with code 404 where there is none. */
  count(queue: string): Promise<{ readonly messages: number; readonly consumers: number }>
  /** How many were taken and not sent. */
  readonly held: number
  take(queue: string): Promise<GetMessage | undefined>
  /** Makes a command of a dead letter again, and takes that out once RabbitMQ has confirmed the command. */
  send(letter: GetMessage): Promise<void>
  /** Deletes all; resolves with how many. */
  purge(queue: string): Promise<number>
}

/** @param timeout milliseconds that one step may take */
export async function openDesk(connection: AmqpConnection, timeout: number): Promise<DeadLetterDesk> {
  const { session, clock } = connection
  if (!session) throw new Error('there is no connection')
  let refused: Error | undefined
  /** RabbitMQ says on the channel why it refuses, and fails the step with less. */
  const step = async <T>(what: string, work: Promise<T>): Promise<T> => {
    try {
      return await within(clock, timeout, what, work, session.signal)
    } catch (error) {
      if (refused) throw refused
      if (session.signal.aborted) throw lost(error)
      const { blocked } = connection
      if (blocked === undefined) throw error
      throw new BrokerError('unavailable', `RabbitMQ takes no messages: ${blocked}`, { cause: error })
    }
  }
  const channel = await step('opening a channel', session.model.createConfirmChannel())
  channel.on('error', (error: Error) => {
    refused = error
  })
  let isReturned = false
  channel.on('return', () => {
    isReturned = true
  })
  const held: GetMessage[] = []
  const check = (queue: string) => step(`looking at ${queue}`, channel.checkQueue(queue))
  return {
    async count(queue) {
      const { messageCount: messages, consumerCount: consumers } = await check(queue)
      return { messages, consumers }
    },
    get held() {
      return held.length
    },
    async take(queue) {
      const message = await step(`reading ${queue}`, channel.get(queue))
      if (message === false) return undefined
      held.push(message)
      return message
    },
    async send(letter) {
      const { routingKey } = letter.fields
      isReturned = false
      await step(`sending a command again`, confirmed(channel, letter, clock.now()))
      if (isReturned)
        throw new BrokerError('no-bot', `no queue takes ${routingKey}: no bot has listened to it yet`)
      held.splice(held.indexOf(letter), 1)
      channel.ack(letter)
    },
    async purge(queue) {
      const { messageCount } = await step(`emptying ${queue}`, channel.purgeQueue(queue))
      return messageCount
    },
    async [Symbol.asyncDispose]() {
      // RabbitMQ gives back what a closed channel held, but in any order.
      try {
        for (const letter of held) channel.nack(letter, false, true)
      } catch {
        // It is closed already.
      }
      await step('closing the channel', channel.close()).catch(() => undefined)
    },
  }
}

async function confirmed(channel: ConfirmChannel, letter: GetMessage, now: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const { content, fields } = letter
  const { routingKey } = fields
  channel.publish(EXCHANGES.commands, routingKey, content, revived(letter, now), (error: unknown) => {
    if (error === null || error === undefined) resolve()
    else if (error instanceof Error && error.message === 'channel closed') reject(lost(error))
    else reject(new BrokerError('unavailable', `the queue of ${routingKey} is full`, { cause: error }))
  })
  await promise
}

const lost = (cause: unknown): BrokerError =>
  new BrokerError('unavailable', 'the connection to RabbitMQ was lost', { cause })
