import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rabbitmq, type RabbitMq } from '../../../../.config/services/rabbitmq.ts'
import { shared } from '../../../../.config/services/shared.ts'
import { drillBots } from './bot-drill.ts'
import { drillRabbit } from './rabbit-drill.ts'
import { describeBots, describeRabbit, passed } from './report.ts'
import { type Asked, judge } from './verdict.ts'

const NONE = { lost: 0, doubled: 0, unsettled: 0, unhandled: [] }

describe('a RabbitMQ that is killed under load', () => {
  let rabbit: RabbitMq

  // The first run on a machine installs the broker; every other one starts it, which takes about 7 s.
  beforeAll(async () => {
    rabbit = await rabbitmq({ own: true })
  }, 600_000)

  afterAll(async () => {
    await rabbit.stop()
  })

  it('costs nobody an answer, during setup and during confirm', async () => {
    const report = await drillRabbit(rabbit, { cycles: 2 })
    console.log(describeRabbit(report))
    expect(report).toMatchObject({ ...NONE, kills: { setup: 1, confirm: 1, blocked: 0 } })
    expect(passed(report)).toBe(true)
    expect(report.answered).toBeGreaterThan(100)
    expect(report.refused).toBeGreaterThan(0)
  }, 300_000)
})

describe('one of two bots that is killed under load', () => {
  it('costs nobody an answer, and nobody sees two', async () => {
    const report = await drillBots({ amqp: await shared('rabbitmq'), cycles: 2 })
    console.log(describeBots(report))
    expect(report).toMatchObject({ ...NONE, refused: 0 })
    expect(passed(report)).toBe(true)
    expect(report.answered).toBe(report.sent)
    expect(report.begunAgain).toBeGreaterThan(0)
  }, 120_000)

  it('is found to lose answers where it acknowledges first', async () => {
    const options = { cycles: 1, patience: 3_000, bot: ['careless-bot.ts', 'acks-first'] } as const
    const report = await drillBots({ amqp: await shared('rabbitmq'), ...options })
    expect(report.lost).toBeGreaterThan(0)
    expect(passed(report)).toBe(false)
  }, 120_000)

  it('is found to answer twice where each answer has an id of its own', async () => {
    const options = { cycles: 1, patience: 3_000, bot: ['careless-bot.ts', 'own-ids'] } as const
    const report = await drillBots({ amqp: await shared('rabbitmq'), ...options })
    expect(report.doubled).toBeGreaterThan(0)
    expect(passed(report)).toBe(false)
  }, 120_000)
})

describe('the verdict', () => {
  const NOTICE = '/echo: no answer in time. Try again.'
  const asked = (outcome: string | undefined, at = 0): Asked => ({ at, outcome })
  const of = (
    given: Asked,
    shown: readonly (readonly string[])[],
    outages: readonly (readonly [number, number])[] = [],
  ) => {
    const { sent, ...rest } = judge({
      asked: new Map([['a', given]]),
      shown: shown.map(texts => new Map([['a', texts]])),
      outages,
      patience: 30_000,
    })
    expect(sent).toBe(1)
    return Object.entries(rest)
      .filter(([, count]) => count > 0)
      .map(([name]) => name)
  }

  it('tells apart what was answered, refused, lost, doubled, late and unsettled', () => {
    expect(of(asked('acked'), [['echo a'], ['echo a']])).toEqual(['answered'])
    expect(of(asked('acked'), [['echo a'], []])).toEqual(['lost'])
    expect(of(asked('acked'), [['echo b'], ['echo b']])).toEqual(['lost'])
    expect(of(asked('acked'), [['echo a'], ['echo a', 'echo a']])).toEqual(['answered', 'doubled'])
    expect(of(asked('acked'), [[NOTICE], [NOTICE]])).toEqual(['lost'])
    expect(of(asked('unavailable'), [[], []])).toEqual(['refused'])
    expect(of(asked('unavailable'), [['echo a'], ['echo a']])).toEqual(['refused'])
    expect(of(asked('unavailable'), [['echo a', NOTICE], []])).toEqual(['refused', 'doubled'])
    expect(of(asked(undefined), [[], []])).toEqual(['unsettled'])
    expect(of(asked('unsettled'), [[], []])).toEqual(['unsettled'])
  })

  it('takes no answer in time for a loss, unless RabbitMQ was away for most of that time', () => {
    expect(of(asked('acked'), [[NOTICE]], [[1_000, 10_000]])).toEqual(['lost'])
    expect(of(asked('acked'), [[NOTICE]], [[-50_000, 10_000]])).toEqual(['lost'])
    expect(of(asked('acked'), [[NOTICE]], [[5_000, 21_000]])).toEqual(['late'])
    expect(of(asked('acked'), [[]], [[5_000, 21_000]])).toEqual(['lost'])
  })

  it('takes an answer to nothing for one too many', () => {
    const { doubled } = judge({
      asked: new Map(),
      shown: [new Map([['x', ['echo x']]])],
      outages: [],
      patience: 1,
    })
    expect(doubled).toBe(1)
  })
})
