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
    await expect(bot.inject('/ecko=x')).rejects.toThrow(
      '"/ecko=x" is no command of stock-bot; did you mean /echo?',
    )
  })

  it('answers /help with the commands of this bot, unless it has one of that name', async () => {
    const bot = createBot({ commands: [echo] })
    expect(await bot.inject('/help')).toBe('/echo\n/help=echo tells all about /echo.')
    expect(await bot.inject('/help echo')).toBe('/echo\n/echo is answered by stock-bot.')
    const help = defineCommand({ name: 'help', run: () => 'Ask Ann.' })
    expect(await createBot({ commands: [echo, help] }).inject('/help')).toBe('Ask Ann.')
  })

  it('answers in time what takes too long', async () => {
    const clock = new VirtualClock()
    const work = held()
    const commands = [defineCommand({ name: 'work', run: work.run })]
    const bot = createBot({ clock, commands, onError: () => undefined })
    const answer = bot.inject('/work=x', { within: 1_000 })
    await clock.advance(899)
    expect(work.signals.get('x')?.aborted).toBe(false)
    await clock.advance(1)
    expect(await answer).toBe('Sorry, /work took too long. Try again.')
    expect(clock.pending).toBe(0)
  })

  it('rejects when not even that comes in time', async () => {
    const clock = new VirtualClock()
    const bot = createBot({ clock, commands: [echo] })
    bot.transform(() => new Promise(() => undefined))
    const answer = bot.inject('/echo=x', { within: 1_000 }).catch(String)
    await clock.advance(1_000)
    expect(await answer).toContain('within 1000 ms')
    expect(clock.pending).toBe(0)
  })

  it('wants a time that is one', async () => {
    await expect(createBot({ commands: [echo] }).inject('/echo', { within: 0 })).rejects.toThrow(
      'within must be an integer from 1',
    )
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
