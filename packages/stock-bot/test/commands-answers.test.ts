import { describe, expect, it } from 'vitest'
import { type Broker, BrokerError, type Command, type Reply } from '../src/broker/broker.ts'
import { memoryBroker } from '../src/broker/memory.ts'
import { commands } from '../src/commands.ts'
import { brokerThat } from './support/broker-that.ts'
import { Chat, refusal } from './support/chat.ts'
import { chatWith, stock } from './support/chat-with.ts'
import { settle, VirtualClock } from './support/virtual-clock.ts'

describe('an answer that does not come', () => {
  it('is said 30 s after the publish, 1 s after the deadline, and once', async () => {
    const { at, chat } = await chatWith()
    const deadlines: number[] = []
    await at.broker.announce([
      { name: 'stock', aliases: [], usage: '/stock=AAPL.US', description: '', bot: 'quotes' },
    ])
    await at.broker.onCommand('stock', ({ deadline }) => {
      deadlines.push(deadline - at.clock.now())
      return new Promise(() => undefined)
    })
    await chat.publish('/stock=x', 'c1')
    expect(deadlines).toEqual([29_000])
    await at.clock.advance(29_999)
    expect(chat.seen).toEqual(['ack c1'])
    await at.clock.advance(1)
    expect(chat.seen).toEqual(['ack c1', 'message: /stock: no answer in time. Try again.'])
    expect(chat.messages[0]).toMatchObject({
      author: { id: 'bot:quotes', name: 'quotes', kind: 'bot' },
      replyTo: 'c1',
    })
    await at.clock.advance(60_000)
    expect(chat.posts).toHaveLength(1)
    await chat.close()
  })

  it('is not said where the answer was there', async () => {
    const { at, chat } = await chatWith()
    await at.bot({ commands: [stock()] })
    await chat.publish('/stock=x', 'c1')
    await at.clock.advance(60_000)
    expect(chat.posts).toHaveLength(1)
    await chat.close()
  })

  it('loses against a late answer that was first, and wins against one that was not', async () => {
    const clock = new VirtualClock()
    const sent: Command[] = []
    const broker = brokerThat(command => {
      sent.push(command)
      return Promise.resolve()
    })
    const chat = new Chat(clock).use(commands({ broker }))
    await chat.publish('/stock=1', 'c1')
    await chat.publish('/stock=2', 'c2')
    const late = (index: number): Reply => ({
      id: `re:${sent[index]?.id}`,
      commandId: `c${index + 1}`,
      room: 'general',
      text: `late ${index + 1}`,
      author: { id: 'bot:b', name: 'b' },
      to: 'chat',
    })
    await clock.advance(29_900)
    await broker.reply(late(0))
    await clock.advance(1_000)
    await broker.reply(late(1))
    expect(chat.seen).toEqual([
      'ack c1',
      'ack c2',
      'message: late 1',
      'message: /stock: no answer in time. Try again.',
    ])
    await chat.close()
    expect(clock.pending).toBe(0)
  })

  it('is said when the log is there again', async () => {
    const { at, chat } = await chatWith()
    await at.broker.onCommand('stock', () => new Promise(() => undefined))
    await chat.publish('/stock=x', 'c1')
    chat.refuses = refusal('unavailable')
    await at.clock.advance(40_000)
    chat.refuses = undefined
    await at.clock.advance(1_000)
    expect(chat.messages).toHaveLength(1)
    await chat.close()
  })
})

describe('an answer that the log does not take', () => {
  it('is tried again while the log is unavailable', async () => {
    const errors: unknown[] = []
    const { at, chat } = await chatWith({ onError: error => errors.push(error) })
    await at.bot({ commands: [stock()] })
    chat.refuses = refusal('unavailable')
    await chat.publish('/stock=x', 'c1')
    await at.clock.advance(5_000)
    expect(chat.seen).toEqual(['ack c1'])
    expect(errors.length).toBeGreaterThan(1)
    chat.refuses = undefined
    await at.clock.advance(1_000)
    expect(chat.seen).toEqual(['ack c1', 'message: AAPL.US quote is $93.42 per share'])
    await chat.close()
  })

  it('makes way for the notice where it is refused for good', async () => {
    const { at, chat } = await chatWith()
    await at.bot({ commands: [stock()] })
    chat.refuses = refusal('bad-request')
    await chat.publish('/stock=x', 'c1')
    chat.refuses = undefined
    await at.clock.advance(30_000)
    expect(chat.seen).toEqual(['ack c1', 'message: /stock: no answer in time. Try again.'])
    await chat.close()
  })
})

describe('closing the chat', () => {
  it('leaves no timer, and no consumer of replies', async () => {
    const clock = new VirtualClock()
    await using broker = memoryBroker({ clock })
    const chat = new Chat(clock).use(commands({ broker }))
    await settle()
    await broker.onCommand('stock', () => Promise.resolve())
    await chat.publish('/stock=x', 'c1')
    expect(clock.pending).toBeGreaterThan(0)
    await chat.close()
    await broker.close()
    expect(clock.pending).toBe(0)
  })

  it('stops trying to listen where the broker refuses', async () => {
    const clock = new VirtualClock()
    let tries = 0
    const broker: Broker = {
      ...brokerThat(() => Promise.resolve()),
      onReply: () => {
        tries += 1
        return Promise.reject(new BrokerError('unavailable', 'no connection'))
      },
    }
    const chat = new Chat(clock).use(commands({ broker }))
    await clock.advance(3_000)
    expect(tries).toBe(4)
    await chat.close()
    await clock.advance(3_000)
    expect(tries).toBe(4)
    expect(clock.pending).toBe(0)
  })
})
