import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace-base'
import { describe, expect, it } from 'vitest'
import { createBot } from '../../src/bot.ts'
import { memoryBroker } from '../../src/broker/memory.ts'
import { defineCommand } from '../../src/command.ts'
import { otel } from '../../src/otel/index.ts'
import { traceProcess } from '../../src/trace.ts'
import { commandTo } from '../amqp/support.ts'
import { held, world } from '../support/world.ts'
import { idOf, parentIdOf, traceIdOf, tracing } from './support/tracing.ts'

const keystroke = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' }
const traceparent = `00-${keystroke.traceId}-${keystroke.spanId}-01`
const SEND = 'send chat.commands:command.work'
const PROCESS = 'process chat.commands:command.work:bot.work.v1'

/** A handler that fails as often as it is told to, and then answers. */
async function flaky(times: number) {
  const at = await world()
  let left = times
  await at.broker.onCommand('work', async ({ id, commandId, room, replyTo }) => {
    await Promise.resolve()
    if (left > 0) {
      left -= 1
      throw new TypeError('a secret of the user')
    }
    return { id: `re:${id}`, commandId, room, text: 'done', author: { id: 'bot:x', name: 'x' }, to: replyTo }
  })
  return at
}

describe('a redelivered command', () => {
  it('is another attempt in the same trace, with a link to the one before and one parent', async () => {
    using at = tracing()
    await using there = await flaky(2)
    await there.send('work', 'x', { traceparent })
    expect(there.texts()).toEqual(['done'])
    const attempts = at.spans().filter(({ name }) => name === PROCESS)
    const [first, second, third] = attempts
    expect(attempts.map(({ attributes }) => attributes['hubbub.redeliveries'])).toEqual([0, 1, 2])
    expect(attempts.map(({ attributes }) => attributes['hubbub.outcome'])).toEqual([
      'returned',
      'returned',
      'settled',
    ])
    expect(attempts.map(({ status }) => status.code)).toEqual([
      SpanStatusCode.ERROR,
      SpanStatusCode.ERROR,
      SpanStatusCode.UNSET,
    ])
    expect(attempts.map(parentIdOf)).toEqual(Array.from({ length: 3 }, () => idOf(at.span(SEND))))
    expect(attempts.map(({ links }) => links.map(({ context }) => context.spanId))).toEqual([
      [],
      [first && idOf(first)],
      [second && idOf(second)],
    ])
    expect(new Set(at.spans().map(traceIdOf))).toEqual(new Set([keystroke.traceId]))
    expect(parentIdOf(at.span('send chat.replies:{log}'))).toBe(third && idOf(third))
    const settled = at.spans().filter(({ kind }) => kind === SpanKind.CLIENT)
    expect(settled.map(({ name }) => name.split(' ')[0])).toEqual(['nack', 'nack', 'ack'])
    expect(settled.map(parentIdOf)).toEqual(attempts.map(idOf))
  })

  it('is linked to its send where another process had the attempt before', async () => {
    using at = tracing()
    const command = { ...commandTo('work'), traceparent }
    const delivery = { redeliveries: 2, deliveryTag: 7 }
    await traceProcess({ system: 'rabbitmq' }, command, delivery, () => Promise.resolve('ack'))
    expect(parentIdOf(at.span(PROCESS))).toBe(keystroke.spanId)
    expect(at.span(PROCESS).links).toMatchObject([
      { context: keystroke, attributes: { 'hubbub.redeliveries': 2 } },
    ])
    expect(at.span(PROCESS).attributes).toMatchObject({ 'rabbitmq.message.delivery_tag': 7 })
  })

  it('ends as a dead letter whose spans are failures', async () => {
    using at = tracing()
    await using there = await flaky(9)
    await there.send('work', 'x', { traceparent })
    const settled = at.spans().filter(({ kind }) => kind === SpanKind.CLIENT)
    expect(settled.map(({ name }) => name.split(' ')[0])).toEqual(['nack', 'nack', 'nack', 'reject'])
    expect(settled[3]?.attributes['hubbub.settle.reason']).toBe('delivery-limit')
    expect(JSON.stringify(at.spans().map(({ attributes, status }) => [attributes, status]))).not.toContain(
      'secret',
    )
  })
})

describe('otel()', () => {
  it('ends what is open when it is stopped, and makes no more', async () => {
    using at = tracing()
    await using there = await world()
    const work = held()
    await there.bot({ commands: [defineCommand({ name: 'work', run: work.run })] })
    await there.send('work', 'x', { traceparent })
    expect(at.tree()).toEqual([`PRODUCER ${SEND}`])
    at.stop()
    expect(at.tree()).toEqual([`CONSUMER ${PROCESS} < ${SEND}`, `PRODUCER ${SEND}`])
    await work.answer('x', 'done')
    await there.send('work', 'y', { traceparent })
    await work.answer('y', 'done')
    expect(there.texts()).toEqual(['done', 'done'])
    expect(at.spans()).toHaveLength(2)
  })

  it('passes on a decision against sampling, with ids of its own', async () => {
    using at = tracing({ sampler: new AlwaysOffSampler() })
    await using there = await flaky(0)
    const { id } = await there.send('work', 'x', { traceparent })
    expect(at.spans()).toEqual([])
    const [reply] = there.replies
    expect(reply?.id).toBe(`re:${id}`)
    expect(reply?.traceparent).toMatch(new RegExp(`^00-${keystroke.traceId}-[0-9a-f]{16}-00$`))
    expect(reply?.traceparent).not.toContain(keystroke.spanId)
  })

  it('leaves the headers as they came where there is no SDK', async () => {
    using stop = { [Symbol.dispose]: otel() }
    await using there = await world()
    await there.bot({ commands: [defineCommand({ name: 'work', run: ({ text }) => text })] })
    // Not even a version that is to come is touched.
    const later = `cc-${keystroke.traceId}-${keystroke.spanId}-03-what-is-to-come`
    await there.send('work', 'x', { traceparent: later, tracestate: 'b=2,a=1' })
    await there.send('work', 'y')
    expect(there.replies.map(reply => [reply.traceparent, reply.tracestate])).toEqual([
      [later, 'b=2,a=1'],
      [undefined, undefined],
    ])
    expect(stop).toBeDefined()
  })

  it('gives an injected text a span of its own, below whatever runs', async () => {
    using at = tracing()
    const bot = createBot({
      broker: memoryBroker(),
      onError: () => undefined,
      commands: [
        defineCommand({
          name: 'work',
          run: ({ text }) => {
            if (text === 'fail') throw new RangeError('a secret of the user')
            return text
          },
        }),
      ],
    })
    const outer = at.provider.getTracer('test').startSpan('outer', {}, ROOT_CONTEXT)
    await context.with(trace.setSpan(ROOT_CONTEXT, outer), () => bot.inject('/work=x'))
    outer.end()
    await bot.inject('/work=fail')
    const [run, failed] = at.spans().filter(({ name }) => name === 'run /work')
    expect(run).toMatchObject({ kind: SpanKind.INTERNAL, status: { code: SpanStatusCode.UNSET } })
    expect(run && parentIdOf(run)).toBe(idOf(at.span('outer')))
    expect(failed).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'error.type': 'RangeError' },
    })
    expect(JSON.stringify(failed?.status)).not.toContain('secret')
    await bot.stop()
  })

  it('takes a provider that is not the global one', async () => {
    using at = tracing()
    at.stop()
    trace.disable()
    using own = { [Symbol.dispose]: otel({ tracerProvider: at.provider }) }
    await using there = await flaky(0)
    await there.send('work', 'x', { traceparent })
    expect(at.span(PROCESS)).toBeDefined()
    expect(own).toBeDefined()
  })

  it('lets no broken SDK break the bot', async () => {
    using stop = {
      [Symbol.dispose]: otel({
        tracerProvider: {
          getTracer: () => {
            const broken = (): never => {
              throw new Error('a broken SDK')
            }
            return { startSpan: broken, startActiveSpan: broken }
          },
        },
      }),
    }
    await using there = await flaky(0)
    await there.send('work', 'x', { traceparent })
    expect(there.texts()).toEqual(['done'])
    expect(stop).toBeDefined()
  })
})
