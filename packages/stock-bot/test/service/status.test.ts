import { describe, expect, it } from 'vitest'
import type { SourceState } from '../../src/quotes/chain.ts'
import { type StatusParts, statusOf } from '../../src/service/status.ts'

const connection = { state: 'closed', blocked: undefined, connects: 1, failures: 0 } as const
const outbox = { waiting: 2, waitingBytes: 300, confirmed: 5, repeated: 0, returned: 0 }
const bot = { answered: 3, expired: 0, returned: 0, running: 1, waiting: 0 }

const open = (source: string): SourceState => ({
  source,
  state: 'open',
  reason: {
    ok: false,
    kind: 'blocked',
    source,
    detail: 'not asked after: a web page',
    retryAfterMs: 900_000,
  },
})
const closed = (source: string): SourceState => ({ source, state: 'closed', reason: undefined })

function parts(changes: Partial<StatusParts> & { readonly blocked?: string } = {}): StatusParts {
  const { blocked, ...rest } = changes
  return {
    phase: 'running',
    addresses: ['amqp://x:5672'],
    broker: {
      state: blocked === undefined ? 'closed' : 'open',
      stats: () => ({
        malformed: 0,
        returnedReplies: 0,
        expired: 0,
        publishing: { ...connection, blocked, ...outbox },
        consuming: connection,
      }),
    },
    sources: [closed('stooq'), closed('sample')],
    bot,
    ...rest,
  }
}

describe('the status', () => {
  it('is ready while all is well, and says how things are', () => {
    expect(statusOf(parts())).toMatchObject({
      status: 'ready',
      reasons: [],
      broker: { state: 'closed', addresses: ['amqp://x:5672'], blocked: null, publishing: { waiting: 2 } },
      sources: [
        { source: 'stooq', state: 'closed' },
        { source: 'sample', state: 'closed', sample: true },
      ],
      bot: { phase: 'running', running: 1 },
    })
  })

  it('is degraded while a source is not asked, and says which, why and what would help', () => {
    expect(statusOf(parts({ sources: [open('stooq'), closed('finnhub')] }))).toMatchObject({
      status: 'degraded',
      reasons: ['stooq is not asked any more (blocked).'],
      sources: [
        {
          source: 'stooq',
          state: 'open',
          kind: 'blocked',
          retryAfterMs: 900_000,
          remedy: expect.any(String),
        },
        { source: 'finnhub', state: 'closed' },
      ],
    })
  })

  it('is not ready while no source is asked', () => {
    expect(statusOf(parts({ sources: [open('stooq')] }))).toMatchObject({
      status: 'not-ready',
      reasons: ['No quote source is asked any more.', 'stooq is not asked any more (blocked).'],
    })
  })

  it('is not ready while RabbitMQ takes no messages, and says why', () => {
    expect(statusOf(parts({ blocked: 'low on memory' }))).toMatchObject({
      status: 'not-ready',
      reasons: ['RabbitMQ takes no messages: low on memory.'],
      broker: { state: 'open', blocked: 'low on memory' },
    })
  })

  it.each(['open', 'half-open'] as const)('is not ready while the connection is %s', state => {
    const { broker } = parts()
    expect(statusOf(parts({ broker: { ...broker, state } }))).toMatchObject({
      status: 'not-ready',
      reasons: ['RabbitMQ cannot be reached.'],
      broker: { state },
    })
  })

  it.each(['starting', 'stopping'] as const)('is not ready while the bot is %s', phase => {
    expect(statusOf(parts({ phase }))).toMatchObject({
      status: 'not-ready',
      reasons: [`The bot is ${phase}.`],
    })
  })
})
