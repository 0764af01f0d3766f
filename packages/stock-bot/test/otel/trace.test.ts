import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { createHub } from '@hubbub/hub'
import { createClient } from '@hubbub/hub/client'
import { memoryTransport } from '@hubbub/hub/memory'
import { describe, expect, it } from 'vitest'
import { createBot } from '../../src/bot.ts'
import { memoryBroker } from '../../src/broker/memory.ts'
import { commands } from '../../src/commands.ts'
import { chainQuotes } from '../../src/quotes/chain.ts'
import { stockCommand } from '../../src/quotes/stock-command.ts'
import { stooq } from '../../src/quotes/stooq.ts'
import { startStooqServer } from '../../src/testing/index.ts'
import { idOf, parentIdOf, traceIdOf, tracing } from './support/tracing.ts'

const keystroke = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' }
const traceparent = `00-${keystroke.traceId}-${keystroke.spanId}-01`

const SEND = 'send chat.commands:command.stock'
const PROCESS = 'process chat.commands:command.stock:bot.stock.v1'
const ACK = 'ack chat.commands:command.stock:bot.stock.v1'
const REPLY = 'send chat.replies:{log}'
const ANSWER = 'process chat.replies:{log}:chat.replies.{log}.v1'

/** A chat with a bot in one process, over real HTTP to a Stooq-compatible server, and somebody in the chat. */
async function chat() {
  const server = await startStooqServer()
  const broker = memoryBroker()
  const hub = createHub()
  hub.use(commands({ broker }))
  const active: (string | undefined)[] = []
  const source = stooq({
    baseUrl: server.url,
    fetch: (url, init) => {
      active.push(trace.getSpan(context.active())?.spanContext().spanId)
      return fetch(url, init)
    },
  })
  const bot = await createBot({ broker, commands: [stockCommand({ source: chainQuotes([source]) })] }).start()
  const client = createClient({ url: 'memory:', name: 'Ann', connect: memoryTransport(hub) })
  const room = client.join('general')
  const answer = Promise.withResolvers<string>()
  room.on('delivery', delivery => {
    if (delivery.kind === 'message') answer.resolve(delivery.message.text)
  })
  return {
    server,
    room,
    hub,
    answer: answer.promise,
    /** The span that was the current one at each request. */
    active,
    async [Symbol.asyncDispose]() {
      await client.close()
      await hub.close()
      await bot.stop()
      await broker.close()
      await server.close()
    },
  }
}

describe('the spans of a command', () => {
  it('are one trace from the keystroke to the reply, each below the one that led to it', async () => {
    using at = tracing()
    await using here = await chat()
    await here.room.publish('/stock=aapl.us', { traceparent, tracestate: 'vendor=a' })
    expect(await here.answer).toBe('AAPL.US quote is $93.42 per share')
    await here[Symbol.asyncDispose]()

    expect(at.tree()).toEqual([
      `CLIENT ${ACK} < ${PROCESS}`,
      `CLIENT quotes stooq < ${PROCESS}`,
      `CONSUMER ${PROCESS} < ${SEND}`,
      `CONSUMER ${ANSWER} < ${REPLY}`,
      `PRODUCER ${SEND}`,
      `PRODUCER ${REPLY} < ${PROCESS}`,
    ])
    expect(new Set(at.spans().map(traceIdOf))).toEqual(new Set([keystroke.traceId]))
    expect(parentIdOf(at.span(SEND))).toBe(keystroke.spanId)
    expect(new Set(at.spans().map(span => span.spanContext().traceState?.serialize()))).toEqual(
      new Set(['vendor=a']),
    )
    expect(at.spans().every(({ status }) => status.code === SpanStatusCode.UNSET)).toBe(true)
    expect(at.spans().flatMap(({ links }) => links)).toEqual([])
  })

  it('are the current one while they run, so that spans of an HTTP client go below', async () => {
    using at = tracing()
    await using here = await chat()
    await here.room.publish('/stock=aapl.us', { traceparent })
    await here.answer
    await here[Symbol.asyncDispose]()
    expect(here.active).toEqual([idOf(at.span('quotes stooq'))])
  })

  it('begin with the chat where the client gave no trace context', async () => {
    using at = tracing()
    await using here = await chat()
    await here.room.publish('/stock=aapl.us')
    await here.answer
    await here[Symbol.asyncDispose]()
    expect(parentIdOf(at.span(SEND))).toBeUndefined()
    expect(new Set(at.spans().map(traceIdOf)).size).toBe(1)
    expect(at.spans()).toHaveLength(6)
  })

  it('have the attributes of the semantic conventions, and nothing that a person wrote', async () => {
    using at = tracing()
    await using here = await chat()
    const publish = await here.room.publish('/stock=aapl.us', { traceparent })
    const text = await here.answer
    await here[Symbol.asyncDispose]()
    const command = 'command.stock'
    const log = here.hub.log.id
    const id = at.span(SEND).attributes['messaging.message.id']
    expect(at.span(SEND)).toMatchObject({
      kind: SpanKind.PRODUCER,
      instrumentationScope: { name: '@hubbub/stock-bot' },
    })
    expect(at.span(SEND).attributes).toEqual({
      'messaging.system.name': 'hubbub.memory',
      'messaging.system': 'hubbub.memory',
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.destination.name': 'chat.commands:command.stock',
      'rabbitmq.destination.routing_key': command,
      'messaging.rabbitmq.destination.routing_key': command,
      'messaging.message.id': expect.stringMatching(/^[\w-]{10,}$/),
      'messaging.message.conversation_id': publish.id,
      'messaging.message.body.size': 7,
      'hubbub.room': 'general',
    })
    expect(at.span(PROCESS).attributes).toMatchObject({
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'chat.commands:command.stock:bot.stock.v1',
      'messaging.message.id': id,
      'messaging.message.conversation_id': publish.id,
      'hubbub.redeliveries': 0,
      'hubbub.outcome': 'settled',
    })
    expect(at.span(PROCESS).events.map(({ name }) => name)).toEqual(['run'])
    expect(at.span(REPLY).attributes).toMatchObject({
      'messaging.destination.name': `chat.replies:${log}`,
      'messaging.destination.template': 'chat.replies:{log}',
      'messaging.message.id': `re:${String(id)}`,
      'messaging.message.conversation_id': publish.id,
    })
    expect(at.span(ANSWER).attributes).toMatchObject({
      'messaging.destination.name': `chat.replies:${log}:chat.replies.${log}.v1`,
      'hubbub.outcome': 'settled',
    })
    expect(at.span(ACK).attributes).toMatchObject({
      'messaging.operation.type': 'settle',
      'messaging.message.id': id,
      'hubbub.settle.reason': 'answered',
    })
    expect(at.span('quotes stooq').attributes).toEqual({
      'hubbub.quotes.source': 'stooq',
      'hubbub.quotes.count': 1,
      'hubbub.quotes.outcomes': ['ok'],
    })
    const all = JSON.stringify(at.spans().map(({ name, attributes, events }) => [name, attributes, events]))
    for (const secret of ['aapl', 'AAPL', text, '93.42', 'Ann', 'guest:']) expect(all).not.toContain(secret)
  })

  it('name what a source said, and fail with it', async () => {
    using at = tracing()
    await using here = await chat()
    here.server.fault = 'limit'
    await here.room.publish('/stock=aapl.us', { traceparent })
    await here.answer
    await here[Symbol.asyncDispose]()
    const span = at.span('quotes stooq')
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR })
    expect(span.attributes).toMatchObject({
      'error.type': 'rate-limited',
      'hubbub.quotes.outcomes': ['rate-limited'],
    })
    expect(at.span(PROCESS).status.code).toBe(SpanStatusCode.UNSET)
  })

  it('say that nobody took it', async () => {
    using at = tracing()
    await using here = await chat()
    await expect(here.room.publish('/nosuch', { traceparent })).rejects.toMatchObject({ code: 'no-bot' })
    expect(at.tree()).toEqual(['PRODUCER send chat.commands:command.nosuch'])
    expect(at.span('send chat.commands:command.nosuch')).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'error.type': 'no-bot' },
    })
  })
})
