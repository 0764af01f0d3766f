import { AsyncLocalStorage } from 'node:async_hooks'
import { tracingChannel } from 'node:diagnostics_channel'
import { describe, expect, it } from 'vitest'
import { createBot } from '../src/bot.ts'
import { defineCommand } from '../src/command.ts'
import { settle } from './support/virtual-clock.ts'
import { held, world } from './support/world.ts'

const echo = defineCommand({ name: 'echo', run: ({ text }) => `echo ${text}` })

describe('a bot', () => {
  it('answers with the id, the room and the address that the command asks for', async () => {
    await using at = await world()
    await at.bot({ name: 'parrot', commands: [echo] })
    const command = await at.send('echo', 'hi', { traceparent: '00-a', tracestate: 'x=1' })
    expect(at.replies).toEqual([
      {
        id: `re:${command.id}`,
        commandId: command.commandId,
        room: 'general',
        text: 'echo hi',
        author: { id: 'bot:parrot', name: 'parrot' },
        to: 'log',
        traceparent: '00-a',
        tracestate: 'x=1',
      },
    ])
  })

  it('announces its commands while it runs', async () => {
    await using at = await world()
    const dice = defineCommand({
      name: 'roll',
      aliases: ['dice'],
      usage: '/roll=2d6',
      description: 'Rolls dice.',
      run: () => '4',
    })
    const bot = await at.bot({ name: 'croupier', commands: [echo, dice] })
    expect(at.broker.commands()).toEqual([
      { name: 'echo', aliases: [], usage: '/echo', description: '', bot: 'croupier' },
      { name: 'roll', aliases: ['dice'], usage: '/roll=2d6', description: 'Rolls dice.', bot: 'croupier' },
    ])
    await bot.stop()
    expect(at.broker.commands()).toEqual([])
  })

  it('runs no more at once than its concurrency, and takes twice as many from the broker', async () => {
    await using at = await world()
    const work = held()
    await at.bot({ concurrency: 2, commands: [defineCommand({ name: 'work', run: work.run })] })
    for (const args of ['1', '2', '3', '4', '5', '6']) await at.send('work', args)
    expect(work.begun).toEqual(['1', '2'])

    // Another bot gets only what the first has not in hand.
    const other = held()
    await at.bot({ concurrency: 2, commands: [defineCommand({ name: 'work', run: other.run })] })
    await settle()
    expect(other.begun).toEqual(['5', '6'])

    await work.answer('2')
    expect(work.begun).toEqual(['1', '2', '3'])
    expect(at.texts()).toEqual(['2'])
  })

  it("keeps a command at its own limit from taking the others' places", async () => {
    await using at = await world()
    const slow = held()
    const quick = held()
    const bot = await at.bot({
      concurrency: 2,
      commands: [
        defineCommand({ name: 'slow', concurrency: 1, run: slow.run }),
        defineCommand({ name: 'quick', run: quick.run }),
      ],
    })
    await at.send('slow', 'a')
    await at.send('slow', 'b')
    await at.send('quick', 'c')
    expect([...slow.begun, ...quick.begun]).toEqual(['a', 'c'])
    expect(bot.stats()).toMatchObject({ running: 2, waiting: 1 })
  })

  it('answers in the order in which the work ends', async () => {
    await using at = await world()
    const work = held()
    await at.bot({ commands: [defineCommand({ name: 'work', run: work.run })] })
    for (const args of ['1', '2', '3']) await at.send('work', args)
    await work.answer('3')
    await work.answer('1')
    await work.answer('2')
    expect(at.texts()).toEqual(['3', '1', '2'])
  })

  it('runs a command once, however often it is delivered, and gives the same answer', async () => {
    await using at = await world()
    const work = held()
    await at.bot({ commands: [defineCommand({ name: 'work', run: work.run })] })
    const first = await at.send('work', 'x')
    await at.send('work', 'x', { id: first.id })
    await work.answer('x', 'only once')
    await at.send('work', 'x', { id: first.id })
    expect(work.begun).toEqual(['x'])
    expect(at.replies.map(({ id, text }) => [id, text])).toEqual(
      Array.from({ length: 3 }, () => [`re:${first.id}`, 'only once']),
    )
  })

  it('runs what had to wait where it came from, as far as traces and logs can tell', async () => {
    const origin = new AsyncLocalStorage<string>()
    const gate = Promise.withResolvers<void>()
    const seen: string[] = []
    const work = defineCommand({
      name: 'work',
      run: async ({ text }) => {
        seen.push(`${text} from ${origin.getStore()}`)
        await gate.promise
        seen.push(`${text} still from ${origin.getStore()}`)
        return text
      },
    })
    const bot = createBot({ concurrency: 1, commands: [work] })
    const answers = ['a', 'b'].map(text => origin.run(text, () => bot.inject(`/work=${text}`)))
    gate.resolve()
    await Promise.all(answers)
    expect(seen).toEqual(['a from a', 'a still from a', 'b from b', 'b still from b'])
  })

  it('makes any text one that a chat takes', async () => {
    await using at = await world()
    const texts = ['a\0b', '\ud800!', '\u{1f600}'.repeat(4_001)]
    await at.bot({
      commands: [defineCommand({ name: 'say', run: ({ text }) => texts[Number(text)] ?? '' })],
    })
    for (const index of [0, 1, 2]) await at.send('say', String(index))
    expect(at.texts()).toEqual(['ab', '\ufffd!', `${'\u{1f600}'.repeat(3_999)}…`])
  })

  it('shows what it does to subscribers of diagnostics channels', async () => {
    await using at = await world()
    await at.bot({ commands: [echo] })
    const seen: unknown[] = []
    const channel = tracingChannel('stock-bot.command')
    const subscribers = {
      start: (trace: unknown) => seen.push(['start', trace]),
      end: () => undefined,
      asyncStart: () => undefined,
      asyncEnd: () => seen.push('asyncEnd'),
      error: () => undefined,
    }
    channel.subscribe(subscribers)
    try {
      await at.send('echo', 'secret')
    } finally {
      channel.unsubscribe(subscribers)
    }
    expect(seen).toEqual([['start', expect.objectContaining({ name: 'echo', room: 'general' })], 'asyncEnd'])
    expect(JSON.stringify(seen[0])).not.toContain('guest:ann')
  })
})
