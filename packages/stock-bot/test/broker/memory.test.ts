import { describe, expect, it, vi } from 'vitest'
import type { Command, HandlerContext, Reply } from '../../src/broker/broker.ts'
import { memoryBroker } from '../../src/broker/memory.ts'
import type { MemoryBrokerOptions } from '../../src/broker/memory-options.ts'
import { settle, VirtualClock } from '../support/virtual-clock.ts'

function brokerWith(options: MemoryBrokerOptions = {}) {
  const clock = new VirtualClock()
  const broker = memoryBroker({ clock, ...options })
  const command = (args: string, changes: Partial<Command> = {}): Command => ({
    id: `id-${args}`,
    commandId: args,
    name: 'work',
    args,
    room: 'general',
    author: { id: 'guest:ann', name: 'Ann' },
    replyTo: 'log',
    deadline: clock.now() + 30_000,
    ...changes,
  })
  const reply = ({ id, commandId, room, replyTo }: Command): Reply => ({
    id: `re:${id}`,
    commandId,
    room,
    text: id,
    author: { id: 'bot:b', name: 'b' },
    to: replyTo,
  })
  return { clock, broker, command, reply }
}

/** Takes commands and never settles them. */
const hold = (seen: string[]) => (command: Command) => {
  seen.push(command.args)
  return new Promise<void>(() => undefined)
}

describe('the memory broker', () => {
  it('refuses commands when the queue is full, and says so', async () => {
    const { broker, command } = brokerWith({ queueLimit: 2, closeTimeout: 0 })
    await broker.onCommand('work', hold([]), { prefetch: 1 })
    await broker.send(command('1'))
    await settle()
    await broker.send(command('2'))
    await broker.send(command('3'))
    await expect(broker.send(command('4'))).rejects.toMatchObject({
      code: 'unavailable',
      message: 'too many commands wait for /work',
    })
  })

  it('keeps why a command was given up, up to its limit', async () => {
    const { clock, broker, command } = brokerWith({ deadLetterLimit: 2 })
    const consumer = await broker.onCommand('work', () => Promise.reject(new Error('poison')), {
      prefetch: 1,
    })
    for (const args of ['1', '2']) await broker.send(command(args))
    await settle()
    const seen: string[] = []
    await broker.onCommand('stuck', hold(seen), { prefetch: 1 })
    await broker.send(command('3', { name: 'stuck' }))
    await settle()
    await broker.send(command('4', { name: 'stuck', deadline: clock.now() + 10 }))
    await clock.advance(10)
    expect(seen).toEqual(['3'])
    expect(
      broker.deadLetters().map(({ command, reason, deliveries }) => [command.args, reason, deliveries]),
    ).toEqual([
      ['2', 'delivery-limit', 4],
      ['4', 'expired', 0],
    ])
    await consumer.stop()
  })

  it('waits with one timer for whatever comes to the front, and with none for an empty queue', async () => {
    const { clock, broker, command } = brokerWith()
    const setTimer = vi.spyOn(clock, 'setTimer')
    const releases: (() => void)[] = []
    await broker.onCommand('work', () => new Promise<void>(resolve => releases.push(resolve)), {
      prefetch: 1,
    })
    for (let place = 0; place < 50; place += 1) {
      await broker.send(command(String(place), { deadline: clock.now() + 30_000 + place }))
    }
    for (let place = 0; place < 50; place += 1) {
      await settle()
      releases[place]?.()
    }
    await settle()
    expect(releases).toHaveLength(50)
    expect(setTimer).toHaveBeenCalledTimes(1)
    expect(clock.pending).toBe(0)
  })

  it('gives up what waited for all of its time, where the wall clock was set back meanwhile', async () => {
    const { clock, broker, command } = brokerWith({ closeTimeout: 0 })
    const seen: string[] = []
    await broker.onCommand('work', hold(seen), { prefetch: 1 })
    await broker.send(command('first', { deadline: clock.now() + 600_000 }))
    await settle()
    await broker.send(command('waits'))
    await settle()
    clock.setWallClock(clock.now() - 10_000)
    await clock.advance(29_999)
    expect(broker.deadLetters()).toEqual([])
    await clock.advance(1)
    expect(broker.deadLetters().map(({ command, reason }) => [command.args, reason])).toEqual([
      ['waits', 'expired'],
    ])
    expect(seen).toEqual(['first'])
  })

  it('gives back what was in hand in the order in which it came', async () => {
    const { broker, command } = brokerWith()
    const rejects: (() => void)[] = []
    const first = await broker.onCommand(
      'work',
      () =>
        new Promise<void>((_, reject) => {
          rejects.push(() => {
            reject(new Error('stopping'))
          })
        }),
      { prefetch: 3 },
    )
    for (const args of ['1', '2', '3', '4']) await broker.send(command(args))
    await settle()
    const stopping = first.stop()
    for (const reject of [rejects[1], rejects[0], rejects[2]]) reject?.()
    await stopping
    const seen: string[] = []
    await broker.onCommand('work', ({ args }) => {
      seen.push(args)
      return Promise.resolve()
    })
    await settle()
    expect(seen).toEqual(['1', '2', '3', '4'])
  })

  it('sets no timer and makes no signal for a handler that reads none', async () => {
    const { clock, broker, command } = brokerWith({ closeTimeout: 0 })
    const contexts: HandlerContext[] = []
    await broker.onCommand('work', (_, context) => {
      contexts.push(context)
      return new Promise<void>(() => undefined)
    })
    await broker.send(command('blind'))
    await broker.send(command('reads'))
    await settle()
    expect(clock.pending).toBe(0)
    const signal = contexts[1]?.signal
    expect(contexts[1]?.signal).toBe(signal)
    expect(clock.pending).toBe(1)
    const closing = broker.close()
    await clock.advance(0)
    await closing
    expect(clock.pending).toBe(0)
    expect(contexts.map(({ aborted }) => aborted)).toEqual([true, true])
    expect(signal?.reason).toMatchObject({ message: 'the broker is closed' })
    expect(contexts[0]?.signal.reason).toMatchObject({ message: 'the broker is closed' })
  })

  it('counts replies that nobody can take', async () => {
    const { broker, command, reply } = brokerWith()
    await broker.onCommand('work', each => Promise.resolve(reply(each)))
    await broker.send(command('1'))
    await settle()
    expect(broker.lostReplies).toBe(1)
  })

  it('keeps the replies of a durable log for 5 minutes without a consumer, and no longer', async () => {
    const { clock, broker, command, reply } = brokerWith()
    const texts: string[] = []
    const listen = () =>
      broker.onReply({ id: 'log', durable: true }, ({ text }) => {
        texts.push(text)
        return Promise.resolve()
      })
    await broker.onCommand('work', each => Promise.resolve(reply(each)))
    const first = await listen()
    await first.stop()
    await broker.send(command('1'))
    await clock.advance(299_999)
    const second = await listen()
    await settle()
    expect(texts).toEqual(['id-1'])
    await second.stop()
    await broker.send(command('2'))
    await clock.advance(300_000)
    await listen()
    await settle()
    expect(texts).toEqual(['id-1'])
    await broker.close()
    expect(clock.pending).toBe(0)
  })

  it('forgets the replies of a memory log with its last consumer', async () => {
    const { broker, command, reply } = brokerWith()
    await broker.onCommand('work', each => Promise.resolve(reply(each)))
    const consumer = await broker.onReply({ id: 'log', durable: false }, () => Promise.resolve())
    await consumer.stop()
    await broker.send(command('1'))
    await settle()
    expect(broker.lostReplies).toBe(1)
  })

  it('waits on close() for what is in hand, for as long as its timeout', async () => {
    const { clock, broker, command } = brokerWith({ closeTimeout: 2_000 })
    const signals: AbortSignal[] = []
    await broker.onCommand('work', (_, { signal }) => {
      signals.push(signal)
      return new Promise<void>(() => undefined)
    })
    await broker.send(command('1'))
    await settle()
    let closed = false
    const closing = broker.close().then(() => {
      closed = true
    })
    await clock.advance(1_999)
    expect([closed, signals[0]?.aborted]).toEqual([false, false])
    await clock.advance(1)
    await closing
    expect(signals[0]?.aborted).toBe(true)
    expect(broker.state).toBe('open')
    expect(clock.pending).toBe(0)
  })

  it('ends with its scope', async () => {
    const { clock, command } = brokerWith()
    const outer = memoryBroker({ clock })
    {
      await using broker = outer
      await broker.onCommand('work', () => Promise.resolve())
      await broker.send(command('1'))
    }
    await expect(outer.send(command('2'))).rejects.toMatchObject({ code: 'unavailable' })
  })

  it.each([
    [{ queueLimit: 0 }, 'queueLimit must be an integer from 1, got 0'],
    [{ deadLetterLimit: -1 }, 'deadLetterLimit must be an integer from 0, got -1'],
    [{ closeTimeout: Number.NaN }, 'closeTimeout must be an integer from 0, got NaN'],
  ])('refuses options out of range: %j', (options, message) => {
    expect(() => memoryBroker(options)).toThrow(message)
  })

  it('refuses a prefetch out of range', async () => {
    await expect(memoryBroker().onCommand('work', () => Promise.resolve(), { prefetch: 0 })).rejects.toThrow(
      'prefetch must be an integer from 1, got 0',
    )
  })
})
