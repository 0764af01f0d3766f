import type { AmqpEvent } from '@hubbub/hub/amqp'
import { expect, it } from 'vitest'
import type { AmqpBrokerEvent } from '../../src/broker/amqp-events.ts'
import { Outage } from '../../src/broker/amqp-outage.ts'

const error = new Error('gone')
const down = (connection: string): AmqpEvent => ({
  type: 'down',
  connection,
  host: 'h',
  error,
  retryInMs: 50,
})
const state = (connection: string, is: 'closed' | 'half-open'): AmqpEvent => ({
  type: 'state',
  connection,
  state: is,
})

it('is told once, however many trials it takes, and its end once, when both connections are up', () => {
  const told: AmqpBrokerEvent[] = []
  const outage = new Outage(event => told.push(event))
  for (const event of [state('p', 'closed'), state('c', 'closed')]) outage.hear(event)
  expect(told).toEqual([])
  for (const event of [down('p'), state('p', 'half-open'), down('p'), down('c'), state('p', 'closed')])
    outage.hear(event)
  expect(told).toEqual([{ type: 'away', host: 'h', error }])
  for (const event of [state('c', 'closed'), down('c'), state('c', 'closed')]) outage.hear(event)
  expect(told.map(({ type }) => type)).toEqual(['away', 'back', 'away', 'back'])
})
