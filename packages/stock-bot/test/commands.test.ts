import type { Middleware } from '@hubbub/hub'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { BrokerError, type Command } from '../src/broker/broker.ts'
import { memoryBroker } from '../src/broker/memory.ts'
import { defineCommand } from '../src/command.ts'
import { commandIdOf } from '../src/command-id.ts'
import { commands } from '../src/commands.ts'
import { brokerThat } from './support/broker-that.ts'
import { Chat } from './support/chat.ts'
import { chatWith, stock } from './support/chat-with.ts'
import { settle, VirtualClock } from './support/virtual-clock.ts'
import { held } from './support/world.ts'

describe('commands()', () => {
  it('is a middleware of the hub', () => {
    expectTypeOf(commands).returns.toExtend<Middleware>()
  })

  it('gives a command to the bots instead of the room, acks it, and shows the answer', async () => {
    const { at, chat } = await chatWith()
    await at.bot({ name: 'quotes', commands: [stock()] })
    await chat.publish('/stock=aapl.us', 'c1')
    expect(chat.seen).toEqual(['ack c1', 'message: AAPL.US quote is $93.42 per share'])
    expect(chat.messages).toEqual([
      {
        id: `re:${commandIdOf('chat', 'general', 'guest:ann', 'c1')}`,
        room: 'general',
        author: { id: 'bot:quotes', name: 'quotes', kind: 'bot' },
        text: 'AAPL.US quote is $93.42 per share',
        replyTo: 'c1',
      },
    ])
    await chat.close()
  })

  it('knows a command by its aliases, in any case', async () => {
    const { at, chat } = await chatWith()
    await at.bot({ commands: [stock()] })
    await chat.publish('/QUOTE aapl.us', 'c1')
    await chat.publish('/q=aapl.us', 'c2')
    expect(chat.messages).toHaveLength(2)
    await chat.close()
  })

  it("takes a command's name before another's alias", async () => {
    const { at, chat } = await chatWith()
    await at.bot({
      commands: [defineCommand({ name: 'stock', aliases: ['roll'], run: () => 'a price' })],
    })
    await at.bot({ commands: [defineCommand({ name: 'roll', run: () => 'a die' })] })
    await chat.publish('/roll', 'c1')
    expect(chat.messages.map(({ text }) => text)).toEqual(['a die'])
    await chat.close()
  })

  it('lets every other text pass, and posts /x for //x', async () => {
    const { chat } = await chatWith()
    for (const [index, text] of ['hello', '//stock=x', '/ 1', '/etc/passwd'].entries())
      await chat.publish(text, `c${index}`)
    expect(chat.seen).toEqual(['text: hello', 'text: /stock=x', 'text: / 1', 'text: /etc/passwd'])
    await chat.close()
  })

  it('says which commands there are when nobody answers one', async () => {
    const { at, chat } = await chatWith()
    await chat.publish('/nosuch', 'c1')
    await at.bot({ commands: [stock(), defineCommand({ name: 'roll', usage: '/roll=2d6', run: () => '4' })] })
    await chat.publish('/nosuch', 'c2')
    expect(chat.seen).toEqual([
      'error c1: no-bot No bot knows /nosuch. No commands are known here.',
      'error c2: no-bot No bot knows /nosuch. Commands here: /stock=AAPL.US, /roll=2d6',
    ])
    await chat.close()
  })

  it('says which one was meant when nobody answers one that is almost right', async () => {
    const { at, chat } = await chatWith()
    await at.bot({ commands: [stock()] })
    for (const [index, text] of ['/stok=x', '/qoute', '/hepl'].entries())
      await chat.publish(text, `c${index}`)
    expect(chat.seen).toEqual([
      'error c0: no-bot No bot knows /stok; did you mean /stock?',
      'error c1: no-bot No bot knows /qoute; did you mean /quote?',
      'error c2: no-bot No bot knows /hepl; did you mean /help?',
    ])
    await chat.close()
  })

  it('says so when a known command has nobody who answers it just now', async () => {
    const { at, chat } = await chatWith()
    await at.broker.announce([
      { name: 'stock', aliases: [], usage: '/stock=AAPL.US', description: '', bot: 'stock-bot' },
    ])
    await chat.publish('/stock=x', 'c1')
    expect(chat.seen).toEqual(['error c1: no-bot No bot answers /stock at the moment. Try again later.'])
    await chat.close()
  })

  it('says so when the broker is down, and goes on with everything else', async () => {
    const clock = new VirtualClock()
    const broker = brokerThat(() => Promise.reject(new BrokerError('unavailable', 'amqp://secret:pw@x')))
    const chat = new Chat(clock).use(commands({ broker }))
    await chat.publish('/stock=x', 'c1')
    await chat.publish('hello', 'c2')
    expect(chat.seen).toEqual(['error c1: unavailable Bots are unreachable, try again.', 'text: hello'])
    await chat.close()
    expect(clock.pending).toBe(0)
  })

  it('hands commands over in the order of the publishes, without waiting for the one before', async () => {
    const clock = new VirtualClock()
    const sent: string[] = []
    const confirms: PromiseWithResolvers<void>[] = []
    const broker = brokerThat(({ args }) => {
      sent.push(args)
      const confirm = Promise.withResolvers<void>()
      confirms.push(confirm)
      return confirm.promise
    })
    const chat = new Chat(clock).use(commands({ broker }))
    for (const id of ['1', '2', '3']) await chat.publish(`/stock=${id}`, id)
    expect(sent).toEqual(['1', '2', '3'])
    expect(chat.seen).toEqual([])
    confirms[1]?.resolve()
    await settle()
    expect(chat.seen).toEqual(['ack 2'])
    await chat.close()
    expect(clock.pending).toBe(0)
  })

  it('acks a retry again, and runs the command once', async () => {
    const { at, chat } = await chatWith()
    const work = held()
    await at.bot({ commands: [defineCommand({ name: 'work', run: work.run })] })
    await chat.publish('/work=x', 'c1')
    await chat.publish('/work=x', 'c1')
    await work.answer('x', 'done')
    await chat.publish('/work=x', 'c1')
    expect(chat.seen).toEqual(['ack c1', 'ack c1', 'message: done', 'ack c1'])
    expect(work.begun).toEqual(['x'])
    await chat.close()
  })

  it('keeps the same id of two people, rooms or logs apart', async () => {
    const { at, chat } = await chatWith()
    await at.bot({ commands: [stock()] })
    await chat.publish('/stock=x', 'c1', 'ann')
    await chat.publish('/stock=x', 'c1', 'bob')
    expect(chat.messages).toHaveLength(2)
    const ids = [
      commandIdOf('chat', 'general', 'guest:ann', 'c1'),
      commandIdOf('chat', 'general', 'guest:ann"', '"c1'),
      commandIdOf('chat', 'other', 'guest:ann', 'c1'),
      commandIdOf('other', 'general', 'guest:ann', 'c1'),
    ]
    expect(new Set(ids).size).toBe(4)
    for (const id of ids) expect(`re:${id}`).toMatch(/^[\x20-\x7e]{1,64}$/)
    await chat.close()
  })

  it('acks before it shows the answer, even where the answer is faster than the confirmation', async () => {
    const clock = new VirtualClock()
    const confirm = Promise.withResolvers<void>()
    const sent: Command[] = []
    const broker = brokerThat(command => {
      sent.push(command)
      return confirm.promise
    })
    const chat = new Chat(clock).use(commands({ broker }))
    await chat.publish('/stock=x', 'c1')
    const [command] = sent
    await broker.reply({
      id: `re:${command?.id}`,
      commandId: 'c1',
      room: 'general',
      text: 'quick',
      author: { id: 'bot:b', name: 'b' },
      to: 'chat',
    })
    expect(chat.seen).toEqual(['ack c1', 'message: quick'])
    confirm.reject(new BrokerError('unavailable', 'the connection broke before the confirmation'))
    await clock.advance(60_000)
    expect(chat.seen).toEqual(['ack c1', 'message: quick'])
    await chat.close()
    expect(clock.pending).toBe(0)
  })

  it('refuses a command where too many wait, and takes one again when one was answered', async () => {
    const { at, chat } = await chatWith({ limit: 1 })
    const work = held()
    await at.bot({ commands: [defineCommand({ name: 'work', run: work.run })] })
    await chat.publish('/work=1', 'c1')
    await chat.publish('/work=2', 'c2')
    await work.answer('1')
    await chat.publish('/work=3', 'c3')
    expect(chat.seen).toEqual([
      'ack c1',
      'error c2: unavailable Too many commands wait for an answer. Try again.',
      'message: 1',
      'ack c3',
    ])
    await chat.close()
  })

  it('wants options that are right', () => {
    const broker = memoryBroker()
    expect(() => commands({ broker, timeout: 999 })).toThrow('timeout must be an integer from 1000')
    expect(() => commands({ broker, limit: 0 })).toThrow('limit must be an integer from 1')
    expect(() => commands({ broker, help: ' ' })).toThrow("a bot's name")
  })

  it("reserves bots' names, known and new", async () => {
    const { at, chat } = await chatWith()
    expect(chat.reserved).toEqual(['stock-bot', 'help'])
    await at.bot({ name: 'croupier', commands: [stock()] })
    await chat.publish('hello', 'c1')
    await chat.publish('hello', 'c2')
    expect(chat.reserved).toEqual(['stock-bot', 'help', 'croupier'])
    await chat.close()
  })

  it('serves one chat, and only once it is installed', async () => {
    const clock = new VirtualClock()
    const middleware = commands({ broker: memoryBroker({ clock }) })
    const chat = new Chat(clock).use(middleware)
    expect(() => middleware.install(chat)).toThrow('one commands() serves one chat')
    await chat.close()
    await chat.publish('/stock=x', 'c1')
    expect(chat.seen).toEqual([expect.stringContaining('before the chat has installed it')])
  })
})
