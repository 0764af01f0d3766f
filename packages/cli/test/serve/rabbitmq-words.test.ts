import type { AmqpBrokerEvent } from '@hubbub/stock-bot/amqp'
import { expect, it } from 'vitest'
import { rabbitMqWords } from '../../src/serve/rabbitmq-words.ts'

const host = 'amqp://127.0.0.1:5672'
const down = (connection: string): AmqpBrokerEvent => ({
  type: 'down',
  connection,
  host,
  error: new Error('gone'),
  retryInMs: 50,
})
const away = (message = 'gone'): AmqpBrokerEvent => ({ type: 'away', host, error: new Error(message) })
const back: AmqpBrokerEvent = { type: 'back' }
const blocked = (connection: string, reason?: string): AmqpBrokerEvent => ({
  type: 'blocked',
  connection,
  reason,
})

function told(...events: readonly AmqpBrokerEvent[]): string[] {
  const lines: string[] = []
  const hear = rabbitMqWords(line => lines.push(line))
  for (const event of events) hear(event)
  return lines.map(line => line.split('. ')[0] ?? '')
}

it('tells an outage once, and its end', () => {
  expect(told(down('p'), away(), down('c'), down('p'), back, down('c'), away('\u001b[2J'), back)).toEqual([
    `RabbitMQ at ${host} cannot be reached (gone)`,
    'RabbitMQ can be reached again.',
    expect.not.stringContaining('\u001b'),
    'RabbitMQ can be reached again.',
  ])
})

it('tells once that it takes no messages, and once that it does', () => {
  expect(
    told(blocked('p', 'low on memory'), blocked('c', 'low on memory'), blocked('p'), blocked('c')),
  ).toEqual(['RabbitMQ takes no messages (low on memory)', 'RabbitMQ takes messages again.'])
})

it('tells of a blocked RabbitMQ that dies what is true then', () => {
  expect(told(blocked('p', 'low on disk'), down('p'), away(), back, blocked('p', 'low on disk'))).toEqual([
    'RabbitMQ takes no messages (low on disk)',
    `RabbitMQ at ${host} cannot be reached (gone)`,
    'RabbitMQ can be reached again.',
    'RabbitMQ takes no messages (low on disk)',
  ])
})
