import { describe, expect, it } from 'vitest'
import { BrokerError } from '../../src/broker/broker.ts'
import { type DeadLetterBox, deadLetters } from '../../src/service/dead-letters.ts'
import type { DeadLetterOptions } from '../../src/service/options.ts'

const letter = {
  id: 'm-1',
  correlationId: 'c-1',
  command: 'stock',
  room: 'general',
  failure: 'poison',
  at: Date.UTC(2026, 0, 2, 3, 4, 5),
  deaths: 1,
  reason: 'its reply cannot be sent',
} as const

/** Runs a verb against a box that writes down what it is asked. */
async function run(options: Partial<DeadLetterOptions>, box: Partial<DeadLetterBox> = {}) {
  const asked: unknown[] = []
  const lines: string[] = []
  const complaints: string[] = []
  const code = await deadLetters(
    {
      verb: 'list',
      amqp: ['amqp://ann:hunter2@mq'],
      command: 'stock',
      limit: 50,
      rate: 10,
      showText: false,
      json: false,
      ...options,
    },
    line => lines.push(line),
    line => complaints.push(line),
    urls => {
      asked.push(['open', urls])
      return Promise.resolve({
        async *list(queue, how) {
          await Promise.resolve()
          asked.push(['list', queue, how])
          yield how?.text === true ? { ...letter, text: 'AA\u001bPL' } : letter
        },
        replay(queue, how) {
          asked.push(['replay', queue, how])
          return Promise.resolve({ replayed: 3, left: 2 })
        },
        purge(queue) {
          asked.push(['purge', queue])
          return Promise.resolve({ purged: 7 })
        },
        close() {
          asked.push(['close'])
          return Promise.resolve()
        },
        ...box,
      })
    },
  )
  return { code, lines, complaints, asked }
}

describe('stock-bot dlq', () => {
  it('lists dead letters, without what users typed unless that is asked for', async () => {
    expect(await run({})).toEqual({
      code: 0,
      lines: [
        '2026-01-02T03:04:05.000Z  poison     died once  /stock  in general  m-1  its reply cannot be sent',
      ],
      complaints: [],
      asked: [
        ['open', ['amqp://ann:hunter2@mq']],
        ['list', 'bot.stock.v1.dead', { limit: 50, text: false }],
        ['close'],
      ],
    })
    const { lines } = await run({ showText: true })
    expect(lines).toEqual([
      '2026-01-02T03:04:05.000Z  poison     died once  /stock  in general  m-1  its reply cannot be sent  "AA\\u001bPL"',
    ])
  })

  it('lists them as JSON, one object a line', async () => {
    const { lines } = await run({ json: true, command: 'roll', limit: 1 })
    expect(lines.map(line => JSON.parse(line) as unknown)).toEqual([
      { ...letter, at: '2026-01-02T03:04:05.000Z' },
    ])
  })

  it('says that there are none, to people', async () => {
    const none: Partial<DeadLetterBox> = {
      async *list() {
        // None.
      },
    }
    expect((await run({}, none)).lines).toEqual(['There are no dead letters of /stock.'])
    expect((await run({ json: true }, none)).lines).toEqual([])
  })

  it('sends them again, and says how many are left', async () => {
    const { lines, asked } = await run({ verb: 'replay', limit: 3, rate: 5 })
    expect(lines).toEqual(['3 sent again, 2 left'])
    expect(asked[1]).toEqual(['replay', 'bot.stock.v1.dead', { limit: 3, ratePerSecond: 5 }])
    expect((await run({ verb: 'replay', json: true })).lines).toEqual(['{"replayed":3,"left":2}'])
  })

  it('deletes them', async () => {
    expect((await run({ verb: 'purge' })).lines).toEqual(['7 deleted'])
    expect((await run({ verb: 'purge', json: true })).lines).toEqual(['{"purged":7}'])
  })

  it.each([
    [
      Object.assign(new Error('404'), { code: 404 }),
      'There is no queue bot.stock.v1.dead: no bot with /stock has been here yet.\n',
    ],
    [
      new BrokerError('no-bot', 'no bot takes commands from bot.stock.v1 at the moment: start one first'),
      'Nothing more is done: no bot takes commands from bot.stock.v1 at the moment: start one first.\n',
    ],
    [
      Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
      'RabbitMQ at amqp://mq:5672: nothing listens there; start RabbitMQ, or check host and port in --amqp\n',
    ],
  ])('ends with 1 and words where it cannot, and closes', async (refusal, words) => {
    const { code, lines, complaints, asked } = await run(
      { verb: 'purge' },
      {
        async purge() {
          await Promise.resolve()
          throw refusal
        },
      },
    )
    expect([code, lines, complaints]).toEqual([1, [], [words]])
    expect(asked.at(-1)).toEqual(['close'])
  })
})
