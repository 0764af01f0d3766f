import { channel, tracingChannel } from 'node:diagnostics_channel'
import { describe, expect, it } from 'vitest'
import { defineCommand } from '../src/command.ts'
import { cachedQuotes } from '../src/quotes/cache.ts'
import { chainQuotes } from '../src/quotes/chain.ts'
import { stockCommand } from '../src/quotes/stock-command.ts'
import { traceQuotes } from '../src/quotes/trace-quotes.ts'
import { traceAnswer, traceCommand, traceProcess, traceReply, traceSend, traceSettle } from '../src/trace.ts'
import { commandTo, replyTo } from './amqp/support.ts'
import { fixedSource } from './quotes/scripted-source.ts'
import { world } from './support/world.ts'

const OPERATIONS = ['send', 'process', 'command', 'quotes', 'reply', 'settle', 'answer']
const EVENTS = ['connection', 'breaker', 'cache', 'drain']

/** Everything that the channels tell, in order, as `channel:event`. */
function recorded() {
  const log: string[] = []
  const messages: unknown[] = []
  const undo: (() => void)[] = []
  const listen = (name: string, short: string): void => {
    const listener = (message: unknown): void => {
      log.push(short)
      // As it is now: what comes later is told later.
      messages.push(structuredClone({ ...(message as object), error: undefined }))
    }
    channel(name).subscribe(listener)
    undo.push(() => channel(name).unsubscribe(listener))
  }
  for (const name of OPERATIONS)
    for (const event of ['start', 'end', 'asyncStart', 'asyncEnd', 'error'])
      listen(`tracing:stock-bot.${name}:${event}`, `${name}:${event}`)
  for (const name of EVENTS) listen(`stock-bot.${name}`, name)
  return {
    log,
    messages,
    [Symbol.dispose]() {
      for (const each of undo) each()
    },
  }
}

describe('what others can watch', () => {
  it('is each operation from the chat to the bot and back, in order', async () => {
    await using there = await world()
    const chain = chainQuotes([fixedSource('live', 'network'), fixedSource('other', '1.5')], {
      clock: there.clock,
      failures: 1,
    })
    await using source = cachedQuotes(chain, { clock: there.clock })
    const bot = await there.bot({ commands: [stockCommand({ source, clock: there.clock })] })
    using seen = recorded()
    await there.send('stock', 'SECRET.US')
    await bot.stop({ deadline: 0 })
    // Each side's own: they run beside each other.
    const chat = seen.log.filter(each => /^(?:send|answer):(?:start|asyncEnd)$/.test(each))
    expect(chat).toEqual(['send:start', 'send:asyncEnd', 'answer:start', 'answer:asyncEnd'])
    const theirs = seen.log.filter(each => !/^(?:send|answer):|:asyncStart$|[^e]:end$/.test(each))
    expect(theirs).toEqual([
      'process:start',
      'command:start',
      'cache',
      'quotes:start',
      'quotes:asyncEnd',
      'breaker',
      'quotes:start',
      'quotes:asyncEnd',
      'command:asyncEnd',
      'reply:start',
      'reply:asyncEnd',
      'settle:start',
      'settle:end',
      'process:asyncEnd',
      'drain',
      'drain',
    ])
    const all = JSON.stringify(seen.messages)
    for (const secret of ['SECRET', '1.5', 'guest:ann', 'Ann', there.replies[0]?.text ?? 'a reply'])
      expect(all).not.toContain(secret)
  })

  it('is what failed, and as which error', async () => {
    await using there = await world()
    await there.bot({
      commands: [
        defineCommand({
          name: 'work',
          run: () => {
            throw new RangeError('no')
          },
        }),
      ],
    })
    const errors: unknown[] = []
    const listener = (message: unknown): void => {
      errors.push((message as { error: unknown }).error)
    }
    const { error } = tracingChannel('stock-bot.command')
    error.subscribe(listener)
    await there.send('work')
    error.unsubscribe(listener)
    expect(errors).toMatchObject([{ name: 'RangeError' }])
  })

  it('costs those whom nobody watches nothing: what they hand over is not even copied', async () => {
    const carrier = { system: 'rabbitmq' }
    const [command, reply] = [commandTo('stock'), replyTo(commandTo('stock'))]
    const given: unknown[] = []
    const take = (value: unknown): Promise<'ack'> => {
      given.push(value)
      return Promise.resolve('ack')
    }
    for (const name of OPERATIONS) expect(tracingChannel(`stock-bot.${name}`).hasSubscribers).toBe(false)
    await traceSend(carrier, command, async each => {
      await take(each)
    })
    await traceProcess(carrier, command, { redeliveries: 0 }, take)
    await traceReply(carrier, reply, take)
    await traceAnswer(carrier, reply, take)
    expect(given.map(each => each === command || each === reply)).toEqual([true, true, true, true])
    expect(await traceCommand(() => Promise.resolve('done'), command)).toBe('done')
    expect(traceSettle(carrier, command, 'ack', 'done', () => 7)).toBe(7)
    expect(await traceQuotes(() => Promise.resolve([]), { source: 'x', count: 0 })).toEqual([])
  })

  it('lets a subscriber put its own trace context in, and takes it away where there is none', async () => {
    const command = { ...commandTo('stock'), traceparent: 'as it came', tracestate: 'a=1' }
    const sent: object[] = []
    const { start } = tracingChannel<unknown, { traceparent?: string; tracestate?: string }>('stock-bot.send')
    const own = (message: unknown): void => {
      Object.assign(message as object, { traceparent: 'its own', tracestate: undefined })
    }
    start.subscribe(own)
    await traceSend({ system: 'rabbitmq' }, command, async given => {
      await Promise.resolve()
      sent.push(given)
    })
    start.unsubscribe(own)
    expect(sent[0]).toMatchObject({ id: command.id, traceparent: 'its own' })
    expect(sent[0]).not.toHaveProperty('tracestate')
    expect(command.traceparent).toBe('as it came')
  })
})
