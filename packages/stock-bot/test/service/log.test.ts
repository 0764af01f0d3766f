import { describe, expect, it } from 'vitest'
import { addressOf, connectionLog } from '../../src/service/connection-log.ts'
import { createLog, type LogLine } from '../../src/service/log.ts'

describe('the log', () => {
  const line: LogLine = {
    level: 'warn',
    event: 'rabbitmq-down',
    text: 'No\u001b[2J way:\nnext\u202eline',
    fields: { address: 'amqp://x:5672' },
  }
  const logged = (format: 'text' | 'json'): string => {
    let written = ''
    createLog(
      format,
      text => {
        written += text
      },
      () => 0,
    )(line)
    return written
  }

  it('is one harmless line for people', () => {
    expect(logged('text')).toBe('No [2J way: next line\n')
  })

  it('is one object a line for machines', () => {
    expect(logged('json').endsWith('}\n')).toBe(true)
    expect(JSON.parse(logged('json'))).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      level: 'warn',
      event: 'rabbitmq-down',
      msg: line.text,
      address: 'amqp://x:5672',
    })
  })
})

describe('the log of connections', () => {
  it('mentions an outage of both connections once, again every 30 s, and its end once', () => {
    let now = 0
    const lines: string[] = []
    const tell = connectionLog(
      'amqp://x:5672',
      ({ text }) => lines.push(text),
      () => now,
    )
    const down = (connection: string): void => {
      const error = new Error('connect ECONNREFUSED')
      tell({ type: 'down', connection, host: 'amqp://x', error, retryInMs: 50 })
    }
    const up = (connection: string): void => {
      tell({ type: 'state', connection, state: 'closed' })
    }
    up('publish')
    up('consume')
    expect(lines).toEqual([])
    for (const at of [0, 100, 10_000, 29_999]) {
      now = at
      down('publish')
      down('consume')
    }
    expect(lines).toEqual([
      'RabbitMQ at amqp://x:5672 cannot be reached: connect ECONNREFUSED. Still trying.',
    ])
    now = 30_000
    down('publish')
    expect(lines).toHaveLength(2)
    up('publish')
    expect(lines).toHaveLength(2)
    up('consume')
    expect(lines[2]).toBe('RabbitMQ at amqp://x:5672 is there.')
    down('publish')
    expect(lines).toHaveLength(4)
  })

  it('names an error that has no message', () => {
    const lines: string[] = []
    const tell = connectionLog('amqp://x:5672', ({ text }) => lines.push(text))
    const error = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })
    tell({ type: 'down', connection: 'publish', host: 'amqp://x', error, retryInMs: 50 })
    expect(lines).toEqual(['RabbitMQ at amqp://x:5672 cannot be reached: ECONNREFUSED. Still trying.'])
  })

  it('tells what else happens, each in one line', () => {
    const lines: LogLine[] = []
    const tell = connectionLog('amqp://x:5672', line => lines.push(line))
    const error = new Error('404')
    tell({ type: 'blocked', connection: 'publish', reason: 'low on memory' })
    tell({ type: 'blocked', connection: 'publish', reason: undefined })
    tell({
      type: 'channel-lost',
      connection: 'consume',
      channel: 'consume bot.stock.v1',
      error,
      retryInMs: 50,
    })
    tell({ type: 'handler-failed', channel: 'consume bot.stock.v1', error })
    tell({ type: 'malformed', queue: 'bot.stock.v1', messageId: 'm', reason: 'not JSON' })
    tell({ type: 'reply-returned', id: 're:x', to: 'log' })
    expect(lines.map(({ level, event }) => `${level} ${event}`)).toEqual([
      'warn rabbitmq-blocked',
      'info rabbitmq-unblocked',
      'warn channel-lost',
      'warn handler-failed',
      'warn malformed',
      'warn reply-returned',
    ])
  })

  it('shows an address with its port, and without user, password and vhost', () => {
    expect(addressOf('amqp://u:secret@mq.example/chat')).toBe('amqp://mq.example:5672')
    expect(addressOf('amqps://u:secret@mq.example')).toBe('amqps://mq.example:5671')
    expect(addressOf('amqp://[::1]:5673')).toBe('amqp://[::1]:5673')
  })
})
