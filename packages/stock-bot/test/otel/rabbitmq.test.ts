import { context, trace } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import { shared } from '../../../../.config/services/shared.ts'
import { createBot } from '../../src/bot.ts'
import { amqpBroker } from '../../src/broker/amqp.ts'
import { defineCommand } from '../../src/command.ts'
import { commandTo, unique } from '../amqp/support.ts'
import { idOf, parentIdOf, traceIdOf, tracing } from './support/tracing.ts'

const url = await shared('rabbitmq')
const keystroke = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' }
const traceparent = `00-${keystroke.traceId}-${keystroke.spanId}-01`

/** Sends one command to a bot over RabbitMQ and waits for its reply, which it resolves with. */
async function answered(run: () => string) {
  const name = unique()
  const log = unique()
  await using chat = amqpBroker({ urls: url, name: 'chat', closeTimeout: 500 })
  await using theirs = amqpBroker({ urls: url, name: 'bot', closeTimeout: 500 })
  await using bot = createBot({ broker: theirs, commands: [defineCommand({ name, run })] })
  await bot.start()
  await chat.connected()
  const reply = Promise.withResolvers<{ traceparent?: string; tracestate?: string }>()
  await chat.onReply({ id: log, durable: false }, async given => {
    await Promise.resolve()
    reply.resolve(given)
  })
  await chat.send({ ...commandTo(name), replyTo: log, traceparent, tracestate: 'vendor=a' })
  return { name, log, reply: await reply.promise }
}

describe('spans over RabbitMQ', () => {
  it('are one trace from the keystroke to the reply', async () => {
    using at = tracing()
    const active: (string | undefined)[] = []
    const { name, reply } = await answered(() => {
      active.push(trace.getSpan(context.active())?.spanContext().spanId)
      return 'done'
    })
    const send = `send chat.commands:command.${name}`
    const process = `process chat.commands:command.${name}:bot.${name}.v1`
    expect(at.tree()).toEqual([
      `CLIENT ack chat.commands:command.${name}:bot.${name}.v1 < ${process}`,
      `CONSUMER ${process} < ${send}`,
      'CONSUMER process chat.replies:{log}:chat.replies.{log}.v1 < send chat.replies:{log}',
      `PRODUCER ${send}`,
      `PRODUCER send chat.replies:{log} < ${process}`,
    ])
    expect(new Set(at.spans().map(traceIdOf))).toEqual(new Set([keystroke.traceId]))
    expect(parentIdOf(at.span(send))).toBe(keystroke.spanId)
    expect(active).toEqual([idOf(at.span(process))])
    expect(reply).toMatchObject({
      traceparent: `00-${keystroke.traceId}-${idOf(at.span('send chat.replies:{log}'))}-01`,
      tracestate: 'vendor=a',
    })
    const { hostname, port } = new URL(url)
    for (const span of at.spans())
      expect(span.attributes).toMatchObject({
        'messaging.system': 'rabbitmq',
        'server.address': hostname,
        'server.port': Number(port),
      })
    expect(at.span(process).attributes).toMatchObject({ 'rabbitmq.message.delivery_tag': 1 })
  })

  it('leave messages to the instrumentation of amqplib where that is asked for', async () => {
    using at = tracing({ skipAmqpSpans: true })
    const { name, reply } = await answered(() => 'done')
    expect(at.tree()).toEqual([`INTERNAL run /${name}`])
    expect(traceIdOf(at.span(`run /${name}`))).toBe(keystroke.traceId)
    expect(reply).toMatchObject({ traceparent, tracestate: 'vendor=a' })
  })

  it('are not needed for the trace context to come through as it was', async () => {
    const { reply } = await answered(() => 'done')
    expect(reply).toMatchObject({ traceparent, tracestate: 'vendor=a' })
  })
})
