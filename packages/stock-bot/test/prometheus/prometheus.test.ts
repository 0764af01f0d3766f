import { tracingChannel } from 'node:diagnostics_channel'
import { type OpenMetricsContentType, Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { defineCommand, ReplyError } from '../../src/command.ts'
import { chainQuotes } from '../../src/quotes/chain.ts'
import { stockCommand } from '../../src/quotes/stock-command.ts'
import { traceBreaker, traceCache } from '../../src/quotes/trace-quotes.ts'
import { prometheus, type PrometheusOptions } from '../../src/prometheus/index.ts'
import { traceProcess, traceReply } from '../../src/trace.ts'
import { traceConnection } from '../../src/trace-events.ts'
import { commandTo, replyTo } from '../amqp/support.ts'
import { fixedSource } from '../quotes/scripted-source.ts'
import { held, world } from '../support/world.ts'

/** A registry of the real prom-client, measured into. */
function measured(options: PrometheusOptions = {}) {
  const registry = new Registry()
  const stop = prometheus(registry, options)
  return {
    registry,
    stop,
    /** The lines of one metric, without help, type and buckets. */
    async of(name: string): Promise<readonly string[]> {
      const text = await registry.metrics()
      return text
        .split('\n')
        .filter(line => line.startsWith(`stock_bot_${name}`) && !line.includes('_bucket'))
        .map(line => line.replace(/^stock_bot_/, ''))
    },
    [Symbol.dispose]: stop,
  }
}

describe('prometheus()', () => {
  it('counts commands by how they ended', async () => {
    using at = measured()
    await using there = await world()
    const answers: Record<string, () => string> = {
      fine: () => 'fine',
      refused: () => {
        throw new ReplyError('no')
      },
      late: () => {
        throw new DOMException('late', 'TimeoutError')
      },
      broken: () => {
        throw new TypeError('broken')
      },
    }
    await there.bot({
      commands: [defineCommand({ name: 'work', run: ({ text }) => answers[text]?.() ?? '' })],
    })
    for (const text of ['fine', 'fine', 'refused', 'late', 'broken']) await there.send('work', text)
    expect(await at.of('commands_total')).toEqual([
      'commands_total{command="work",outcome="answered"} 2',
      'commands_total{command="work",outcome="refused"} 1',
      'commands_total{command="work",outcome="timeout"} 1',
      'commands_total{command="work",outcome="failed"} 1',
    ])
    expect(await at.of('command_duration_seconds_count')).toEqual([
      'command_duration_seconds_count{command="work"} 5',
    ])
    expect(await at.of('confirm_duration_seconds_count')).toEqual([
      'confirm_duration_seconds_count{message="command"} 5',
      'confirm_duration_seconds_count{message="reply"} 5',
    ])
  })

  it('takes a run that goes on behind its answer for one that timed out', async () => {
    using at = measured()
    await using there = await world()
    const work = held()
    await there.bot({ commands: [defineCommand({ name: 'work', timeout: 1_000, run: work.run })] })
    await there.send('work', 'x')
    await there.clock.advance(1_000)
    expect(there.texts()).toHaveLength(1)
    expect(await at.of('commands_total')).toEqual(['commands_total{command="work",outcome="timeout"} 1'])
    await work.answer('x')
  })

  it('takes a command whose turn came too late for one that timed out', async () => {
    using at = measured()
    await using there = await world()
    const work = held()
    const slow = defineCommand({ name: 'work', concurrency: 1, timeout: 60_000, run: work.run })
    await there.bot({ commands: [slow] })
    await there.send('work', 'first', { deadline: there.clock.now() + 60_000 })
    await there.send('work', 'late')
    await there.clock.advance(30_000)
    expect(there.texts()).toEqual(['/work waited too long for its turn. Try again.'])
    expect(await at.of('commands_total')).toEqual(['commands_total{command="work",outcome="timeout"} 1'])
    await work.answer('first')
  })

  it('counts what is in hand, given back, delivered again and given up', async () => {
    using at = measured()
    await using there = await world()
    const taken: PromiseWithResolvers<void>[] = []
    await there.broker.onCommand('work', () => {
      const delivery = Promise.withResolvers<void>()
      taken.push(delivery)
      return delivery.promise
    })
    expect(await at.of('in_flight')).toEqual(['in_flight 0'])
    await there.send('work')
    expect(await at.of('in_flight')).toEqual(['in_flight 1'])
    for (let delivery = 0; delivery < 4; delivery += 1) {
      taken[delivery]?.reject(new Error('no'))
      await there.clock.advance(0)
    }
    await there.send('work')
    taken[4]?.resolve()
    await there.clock.advance(0)
    expect(await at.of('in_flight')).toEqual(['in_flight 0'])
    expect(await at.of('commands_total')).toEqual([
      'commands_total{command="work",outcome="returned"} 3',
      'commands_total{command="work",outcome="dead"} 1',
      'commands_total{command="work",outcome="unanswered"} 1',
    ])
    expect(await at.of('redeliveries_total')).toEqual(['redeliveries_total{command="work"} 3'])
    expect(await at.of('dead_letters_total')).toEqual([
      'dead_letters_total{command="work",reason="delivery-limit"} 1',
    ])
  })

  it('counts what a broker did not take', async () => {
    using at = measured()
    await using there = await world()
    await expect(there.send('nosuch')).rejects.toMatchObject({ code: 'no-bot' })
    const lost = traceReply({ system: 'rabbitmq' }, replyTo(commandTo('work')), () =>
      Promise.reject(new Error('lost')),
    )
    await expect(lost).rejects.toThrow('lost')
    expect(await at.of('send_failures_total')).toEqual([
      'send_failures_total{message="command",reason="no-bot"} 1',
      'send_failures_total{message="reply",reason="unknown"} 1',
    ])
  })

  it('measures questions to sources by what they said, their breakers and the cache', async () => {
    using at = measured()
    await using there = await world()
    const sources = [fixedSource('first', 'blocked'), fixedSource('second', { 'A.US': '1' })]
    const chain = chainQuotes(sources, { clock: there.clock })
    await there.bot({ commands: [stockCommand({ source: chain, clock: there.clock })] })
    await there.send('stock', 'A.US')
    await there.send('stock', 'B.US')
    traceBreaker({ source: 'third', state: 'half-open', kind: 'gone', retryAfterMs: 1 })
    for (const outcome of ['hit', 'miss', 'hit', 'coalesced'] as const) traceCache(outcome)
    expect(await at.of('source_duration_seconds_count')).toEqual([
      'source_duration_seconds_count{source="first",outcome="blocked"} 1',
      'source_duration_seconds_count{source="second",outcome="ok"} 1',
      'source_duration_seconds_count{source="second",outcome="not-found"} 1',
    ])
    expect(await at.of('breaker_state')).toEqual([
      'breaker_state{source="first"} 2',
      'breaker_state{source="second"} 0',
      'breaker_state{source="third"} 1',
    ])
    expect(await at.of('cache_total')).toEqual([
      'cache_total{outcome="hit"} 2',
      'cache_total{outcome="miss"} 1',
      'cache_total{outcome="coalesced"} 1',
    ])
  })

  it('measures connections', async () => {
    using at = measured()
    const connection = 'bot: publish'
    const error = new Error('gone')
    traceConnection({ type: 'state', connection, state: 'half-open' })
    traceConnection({ type: 'state', connection, state: 'closed' })
    expect(await at.of('reconnects_total')).toEqual(['reconnects_total{connection="bot: publish"} 0'])
    traceConnection({ type: 'blocked', connection, reason: 'low on memory' })
    expect(await at.of('connection_blocked')).toEqual(['connection_blocked{connection="bot: publish"} 1'])
    traceConnection({ type: 'channel-lost', connection, channel: 'consume', error, retryInMs: 1 })
    traceConnection({ type: 'state', connection, state: 'open' })
    traceConnection({ type: 'down', connection, host: 'amqp://x', error, retryInMs: 1 })
    expect(await at.of('connection_')).toEqual([
      'connection_state{connection="bot: publish"} 2',
      'connection_blocked{connection="bot: publish"} 0',
      'connection_failures_total{connection="bot: publish"} 1',
    ])
    traceConnection({ type: 'state', connection, state: 'closed' })
    expect(await at.of('reconnects_total')).toEqual(['reconnects_total{connection="bot: publish"} 1'])
    expect(await at.of('channel_failures_total')).toEqual([
      'channel_failures_total{connection="bot: publish"} 1',
    ])
  })

  it('measures the outbox of a broker that it is given, at the moment of the scrape', async () => {
    const publishing = { waiting: 0, waitingBytes: 0 }
    using at = measured({ broker: { stats: () => ({ publishing }) } })
    expect(await at.of('outbox_')).toEqual(['outbox_messages 0', 'outbox_bytes 0'])
    Object.assign(publishing, { waiting: 3, waitingBytes: 120 })
    expect(await at.of('outbox_')).toEqual(['outbox_messages 3', 'outbox_bytes 120'])
  })

  it('labels nothing by room, user, symbol or id', async () => {
    using at = measured()
    await using there = await world()
    await there.bot({
      commands: [
        stockCommand({
          source: chainQuotes([fixedSource('first', '1')], { clock: there.clock }),
          clock: there.clock,
        }),
      ],
    })
    const { id } = await there.send('stock', 'SECRET.US')
    const text = await at.registry.metrics()
    for (const secret of ['SECRET', 'general', 'Ann', 'guest:', id]) expect(text).not.toContain(secret)
  })

  it("counts strangers' names together once there are many", async () => {
    using at = measured()
    for (let index = 0; index < 600; index += 1) {
      const command = commandTo(`name-${index}`)
      await traceProcess({ system: 'rabbitmq' }, command, { redeliveries: 0 }, () => Promise.resolve('ack'))
    }
    const counts = await at.of('command_duration_seconds_count')
    expect(counts).toHaveLength(501)
    expect(counts.at(-1)).toBe('command_duration_seconds_count{command="other"} 100')
  })

  it('is a histogram as prom-client has them', async () => {
    using at = measured()
    const command = commandTo('work')
    await traceProcess({ system: 'rabbitmq' }, command, { redeliveries: 0 }, () => Promise.resolve('ack'))
    const lines = (await at.registry.metrics()).split('\n')
    const buckets = lines.filter(line => line.startsWith('stock_bot_command_duration_seconds_bucket'))
    expect(buckets).toHaveLength(16)
    expect(buckets.at(-1)).toBe('stock_bot_command_duration_seconds_bucket{le="+Inf",command="work"} 1')
    expect(buckets[0]).toMatch(/\{le="0\.005",command="work"\} [01]$/)
    expect(lines).toContain('# TYPE stock_bot_command_duration_seconds histogram')
  })

  it('speaks OpenMetrics, too', async () => {
    const registry = new Registry<OpenMetricsContentType>()
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
    const stop = prometheus(registry)
    await traceProcess({ system: 'rabbitmq' }, commandTo('work'), { redeliveries: 1 }, () =>
      Promise.resolve('ack'),
    )
    expect(await registry.metrics()).toContain(
      '# TYPE stock_bot_redeliveries counter\nstock_bot_redeliveries_total{command="work"} 1\n',
    )
    stop()
    expect(registry.getMetricsAsArray()).toEqual([])
  })

  it('starts anew when the registry is reset, and is gone when it is stopped', async () => {
    using at = measured()
    const run = () =>
      traceProcess({ system: 'rabbitmq' }, commandTo('work'), { redeliveries: 1 }, () =>
        Promise.resolve('ack'),
      )
    await run()
    at.registry.resetMetrics()
    await run()
    expect(await at.of('redeliveries_total')).toEqual(['redeliveries_total{command="work"} 1'])
    at.stop()
    expect(at.registry.getMetricsAsArray()).toEqual([])
    for (const name of ['send', 'process', 'command', 'reply', 'settle', 'quotes'])
      expect([name, tracingChannel(`stock-bot.${name}`).hasSubscribers]).toEqual([name, false])
  })

  it('leaves nothing behind where the registry has such a metric already', () => {
    const registry = new Registry()
    const stop = prometheus(registry)
    const before = registry.getMetricsAsArray().length
    expect(() => prometheus(registry)).toThrow('already been registered')
    expect(registry.getMetricsAsArray()).toHaveLength(before)
    const other = prometheus(registry, { prefix: 'other_' })
    other()
    stop()
    expect(tracingChannel('stock-bot.send').hasSubscribers).toBe(false)
  })
})
