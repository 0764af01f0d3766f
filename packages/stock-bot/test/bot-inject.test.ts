import { describe, expect, it } from 'vitest'
import { createBot } from '../src/bot.ts'
import { defineCommand } from '../src/command.ts'
import { VirtualClock } from './support/virtual-clock.ts'
import { held } from './support/world.ts'

const echo = defineCommand({ name: 'echo', run: ({ text }) => `echo ${text}` })

describe('inject', () => {
  it('answers without a broker, by name and by alias', async () => {
    const stock = defineCommand({ name: 'stock', aliases: ['quote'], run: ({ text }) => text.toUpperCase() })
    const bot = createBot({ commands: [stock] })
    expect(await bot.inject('/stock=aapl.us')).toBe('AAPL.US')
    expect(await bot.inject('/QUOTE aapl.us')).toBe('AAPL.US')
  })

  it('says who asks, and where', async () => {
    const who = defineCommand({ name: 'who', run: ({ author, room }) => `${author.name} in ${room}` })
    const author = { id: 'guest:ann', name: 'Ann' }
    expect(await createBot({ commands: [who] }).inject('/who', { author, room: 'general' })).toBe(
      'Ann in general',
    )
  })

  it('rejects what is no command of the bot', async () => {
    const bot = createBot({ commands: [echo] })
    await expect(bot.inject('/nosuch')).rejects.toThrow(
      '"/nosuch" is no command of stock-bot; there are /echo',
    )
    await expect(bot.inject('hello')).rejects.toThrow('is no command')
  })

  it('rejects when the answer would come too late', async () => {
    const clock = new VirtualClock()
    const work = held()
    const bot = createBot({ clock, commands: [defineCommand({ name: 'work', run: work.run })] })
    const answer = bot.inject('/work=x', { within: 100 }).catch(String)
    await clock.advance(100)
    expect(await answer).toContain('within 100 ms')
    expect(clock.pending).toBe(0)
  })
})

describe('the options of a bot', () => {
  it.each([
    [{ commands: [] }, 'at least one command'],
    [{ commands: [echo, echo] }, 'two commands are called /echo'],
    [
      { commands: [echo, defineCommand({ name: 'other', aliases: ['echo'], run: () => 'x' })] },
      'two commands are called /echo',
    ],
    [{ commands: [echo], name: '' }, "a bot's name"],
    [{ commands: [echo], name: 'a\u202eb' }, "a bot's name"],
    [{ commands: [echo], name: 'x'.repeat(33) }, "a bot's name"],
    [{ commands: [echo], concurrency: 0 }, 'concurrency must be an integer from 1'],
    [{ commands: [echo], concurrency: 1.5 }, 'concurrency must be an integer from 1'],
  ])('are refused where they are wrong: %#', (options, message) => {
    expect(() => createBot(options)).toThrow(message)
  })
})
