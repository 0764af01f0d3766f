import { describe, expect, it } from 'vitest'
import { traceBreaker, traceQuotes } from '../../src/quotes/trace-quotes.ts'
import { commandLog } from '../../src/service/command-log.ts'
import type { LogLine } from '../../src/service/log.ts'
import { correlation } from '../../src/service/correlation.ts'
import { traceProcess, traceSettle } from '../../src/trace.ts'
import { commandTo } from '../amqp/support.ts'
import { refusal } from '../quotes/scripted-source.ts'

const carrier = { system: 'rabbitmq' }

/** What is logged, each with the command that it is about. */
function logged() {
  const lines: (LogLine & { readonly of: string | undefined })[] = []
  const stop = commandLog(line => {
    lines.push({ ...line, of: correlation()?.correlationId })
  })
  return { lines, stop, [Symbol.dispose]: stop }
}

describe('the log of commands', () => {
  it('has a line for each, with its ids and without its text', async () => {
    using log = logged()
    const command = { ...commandTo('stock'), commandId: 'c-1', args: 'SECRET.US' }
    await traceProcess(carrier, command, { redeliveries: 0 }, () => Promise.resolve('ack'))
    await traceProcess(carrier, command, { redeliveries: 1 }, () => Promise.resolve('requeue'))
    expect(log.lines).toMatchObject([
      {
        level: 'info',
        event: 'command',
        text: expect.stringMatching(/^\/stock done in \d+ ms$/),
        fields: { command: 'stock', id: command.id, correlationId: 'c-1', room: 'general', redeliveries: 0 },
      },
      {
        level: 'warn',
        text: expect.stringMatching(/^\/stock ended with requeue in \d+ ms$/),
        fields: { outcome: 'requeue', redeliveries: 1 },
      },
    ])
    expect(JSON.stringify(log.lines)).not.toContain('SECRET')
  })

  it('tells what a source refused while the command ran, with the ids of the command', async () => {
    using log = logged()
    const command = { ...commandTo('stock'), commandId: 'c-1' }
    await traceProcess(carrier, command, { redeliveries: 0 }, async () => {
      await traceQuotes(() => Promise.resolve([refusal('not-found', 'stooq'), refusal('blocked', 'stooq')]), {
        source: 'stooq',
        count: 2,
      })
      await traceQuotes(() => Promise.resolve([refusal('not-found', 'stooq')]), { source: 'stooq', count: 1 })
      traceBreaker({ source: 'stooq', state: 'open', kind: 'blocked', retryAfterMs: 899_001 })
      return 'ack'
    })
    traceBreaker({ source: 'stooq', state: 'closed', kind: undefined, retryAfterMs: undefined })
    expect(log.lines.map(({ event, text, of }) => [event, text, of])).toEqual([
      ['source-failed', 'stooq refused: blocked', 'c-1'],
      ['breaker', 'stooq is not asked any more (blocked) for 900 s', 'c-1'],
      ['command', expect.any(String), 'c-1'],
      ['breaker', 'stooq is asked again', undefined],
    ])
  })

  it('tells what was given up', () => {
    using log = logged()
    const command = commandTo('stock')
    traceSettle(carrier, command, 'ack', 'done', () => true)
    traceSettle(carrier, command, 'dead', 'expired', () => true)
    expect(log.lines).toMatchObject([
      {
        level: 'warn',
        event: 'dead-letter',
        text: '/stock was given up: expired',
        fields: { id: command.id, correlationId: command.commandId, reason: 'expired' },
      },
    ])
  })

  it('ends', async () => {
    const log = logged()
    log.stop()
    await traceProcess(carrier, commandTo('stock'), { redeliveries: 0 }, () => {
      expect(correlation()).toBeUndefined()
      return Promise.resolve('ack')
    })
    expect(log.lines).toEqual([])
  })
})
