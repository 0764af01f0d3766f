import { describe, expect, it } from 'vitest'
import { correlate } from '../../src/service/correlation.ts'
import { connectionLog } from '../../src/service/connection-log.ts'
import { createLog, type LogFormat, type LogLine } from '../../src/service/log.ts'
import { traceProcess } from '../../src/trace.ts'
import { commandTo } from '../amqp/support.ts'

/** A log at the start of the epoch, and what it has written. */
async function logging(format: LogFormat) {
  let written = ''
  const log = await createLog(
    format,
    text => {
      written += text
    },
    () => 0,
  )
  return { log, written: () => written }
}

describe('the log', () => {
  const line: LogLine = {
    level: 'warn',
    event: 'rabbitmq-down',
    text: 'No\u001b[2J way:\nnext\u202eline',
    fields: { address: 'amqp://x:5672' },
  }

  it('is one harmless line for people', async () => {
    const { log, written } = await logging('text')
    log(line)
    expect(written()).toBe('No [2J way: next line\n')
  })

  it('is one object a line for machines', async () => {
    const { log, written } = await logging('json')
    log(line)
    log({ ...line, level: 'error' })
    expect(written().endsWith('}\n')).toBe(true)
    const [first, second] = written().trim().split('\n')
    expect(JSON.parse(first ?? '')).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      level: 'warn',
      event: 'rabbitmq-down',
      msg: line.text,
      address: 'amqp://x:5672',
    })
    expect(JSON.parse(second ?? '')).toMatchObject({ level: 'error' })
  })

  /** Two lines: one that a command leads to, and one behind it. */
  async function withCommand(format: LogFormat): Promise<readonly string[]> {
    const { log, written } = await logging(format)
    const stop = correlate()
    const command = {
      ...commandTo('stock'),
      id: 'm-1',
      commandId: 'c-1',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    }
    await traceProcess({ system: 'rabbitmq' }, command, { redeliveries: 0 }, async () => {
      await Promise.resolve()
      log(line)
      return 'ack'
    })
    log({ ...line, text: 'after' })
    stop()
    return written().trim().split('\n')
  }

  it('tells people which command a line belongs to', async () => {
    expect(await withCommand('text')).toEqual(['No [2J way: next line [c-1]', 'after'])
  })

  it('tells machines which command a line belongs to', async () => {
    const [inside = '', after = ''] = await withCommand('json')
    expect(JSON.parse(inside)).toMatchObject({
      command: 'stock',
      id: 'm-1',
      correlationId: 'c-1',
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    })
    expect(JSON.parse(after)).not.toHaveProperty('correlationId')
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
    const away = (): void => {
      tell({ type: 'away', host: 'amqp://x', error: new Error('connect ECONNREFUSED') })
    }
    down('publish')
    expect(lines).toEqual([])
    away()
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
    tell({ type: 'back' })
    expect(lines[2]).toBe('RabbitMQ at amqp://x:5672 is there.')
    down('publish')
    away()
    expect(lines).toHaveLength(4)
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
    tell({ type: 'handler-failed', channel: 'consume bot.stock.v1', error: new RangeError() })
    tell({ type: 'malformed', queue: 'bot.stock.v1', messageId: 'm', reason: 'not JSON' })
    tell({ type: 'reply-returned', id: 're:x', to: 'log' })
    expect(lines.map(({ level, event }) => `${level} ${event}`)).toEqual([
      'warn rabbitmq-blocked',
      'info rabbitmq-unblocked',
      'warn channel-lost',
      'warn handler-failed',
      'warn handler-failed',
      'warn malformed',
      'warn reply-returned',
    ])
    expect(lines[4]?.text).toBe('RabbitMQ at amqp://x:5672, consume bot.stock.v1: RangeError.')
  })
})
