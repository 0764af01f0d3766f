import { describe, expect, it } from 'vitest'
import { createBot } from '../src/bot.ts'
import { defineCommand, ReplyError } from '../src/command.ts'
import type { BotMiddleware } from '../src/middleware.ts'
import { schema } from '../src/standard-schema.ts'
import { held, world } from './support/world.ts'

/** A bot whose command writes into the log when it runs. */
function logging(run: (text: string) => string = text => `ran ${text}`) {
  const log: string[] = []
  const errors: unknown[] = []
  const work = defineCommand({
    name: 'work',
    aliases: ['w'],
    run: ({ text }) => {
      log.push(`run ${text}`)
      return run(text)
    },
  })
  return { log, errors, bot: createBot({ commands: [work], onError: error => errors.push(error) }) }
}

describe('a middleware', () => {
  it('stands before and behind what comes after it, in the order of use', async () => {
    const { log, bot } = logging()
    const says =
      (name: string): BotMiddleware =>
      async ({ text }, next) => {
        log.push(`${name} before ${text}`)
        const answer = await next()
        log.push(`${name} behind: ${answer}`)
        return `${answer} by ${name}`
      }
    bot.use(says('a')).use(says('b'))
    expect(await bot.inject('/w=1')).toBe('ran 1 by b by a')
    expect(log).toEqual(['a before 1', 'b before 1', 'run 1', 'b behind: ran 1', 'a behind: ran 1 by b'])
  })

  it('sees what it is about', async () => {
    const { bot } = logging()
    const author = { id: 'guest:ann', name: 'Ann' }
    const seen: unknown[] = []
    bot.use(async ({ name, text, room, author: who }, next) => {
      seen.push({ name, text, room, who })
      await next()
    })
    await bot.inject('/w=1', { author, room: 'general' })
    expect(seen).toEqual([{ name: 'work', text: '1', room: 'general', who: author }])
  })

  it.each([
    ['null', null],
    ['a number', 7],
    ['a blank text', ' \n'],
  ])('that returns %s is a mistake: the user hears of it, and its author what it was', async (_, given) => {
    const { bot, errors } = logging()
    bot.use(() => given as string)
    expect(await bot.inject('/work=1')).toBe('Sorry, /work failed. Try again later.')
    expect(errors).toMatchObject([
      {
        name: 'TypeError',
        message: expect.stringContaining('a middleware must return a text or nothing, got '),
      },
    ])
  })

  it('passes what next resolves with where it returns nothing, waited for or not', async () => {
    const { bot } = logging()
    bot.use(async (_, next) => {
      await next()
    })
    bot.use((_, next) => {
      void next()
    })
    expect(await bot.inject('/work=1')).toBe('ran 1')
  })

  it('answers itself, and nothing behind it runs', async () => {
    const { log, bot } = logging()
    bot.use(({ text }, next) => (text === '' ? 'What work?' : next()))
    expect(await bot.inject('/work')).toBe('What work?')
    expect(await bot.inject('/work=1')).toBe('ran 1')
    expect(log).toEqual(['run 1'])
  })

  it('refuses by throwing, which is explained as if the command had', async () => {
    const { log, errors, bot } = logging()
    bot.use(({ text }, next) => {
      if (text === 'secret') throw new ReplyError('Not for you.')
      if (text === 'broken') throw new Error('no connection to the list of admins')
      return next()
    })
    expect(await bot.inject('/work=secret')).toBe('Not for you.')
    expect(await bot.inject('/work=broken')).toBe('Sorry, /work failed. Try again later.')
    expect(log).toEqual([])
    expect(errors).toEqual([expect.objectContaining({ message: 'no connection to the list of admins' })])
  })

  it('may make an answer of what goes wrong behind it, wrong arguments included', async () => {
    const sides = schema(text => {
      if (!/^\d+$/.test(text)) throw new Error('how many sides?')
      return Number(text)
    })
    const roll = defineCommand({ name: 'roll', usage: '/roll=6', args: sides, run: ({ args }) => `${args}` })
    const bot = createBot({ commands: [roll] })
    bot.use(async (_, next) => {
      try {
        return await next()
      } catch (error) {
        return `Oh no: ${(error as Error).message}`
      }
    })
    expect(await bot.inject('/roll=six')).toBe('Oh no: Usage: /roll=6 – how many sides?')
  })

  it('that calls next twice is told so, and the command runs once', async () => {
    const { log, errors, bot } = logging()
    bot.use(async (_, next) => {
      await next()
      return await next()
    })
    expect(await bot.inject('/work=1')).toBe('Sorry, /work failed. Try again later.')
    expect(log).toEqual(['run 1'])
    expect(errors).toEqual([expect.objectContaining({ message: 'a middleware called next() twice' })])
  })

  it('that calls next when it has ended is told so, and nothing runs', async () => {
    const { log, errors, bot } = logging()
    const late = Promise.withResolvers<() => Promise<string>>()
    bot.use((_, next) => {
      late.resolve(next)
    })
    expect(await bot.inject('/work=1')).toBe('Sorry, /work failed. Try again later.')
    expect(errors).toEqual([
      expect.objectContaining({ message: 'a middleware neither called next() nor returned a text' }),
    ])
    const next = await late.promise
    await expect(next()).rejects.toThrow('after it had ended')
    expect(log).toEqual([])
  })

  it('keeps the place of what it let go on, also when it does not wait for it', async () => {
    await using at = await world()
    const work = held()
    const bot = await at.bot({ concurrency: 1, commands: [defineCommand({ name: 'work', run: work.run })] })
    bot.use((_, next) => {
      void next()
      throw new ReplyError('No.')
    })
    await at.send('work', '1')
    await at.send('work', '2')
    expect(work.begun).toEqual(['1'])
    await work.answer('1')
    expect([work.begun, at.texts()]).toEqual([['1', '2'], ['No.']])
  })

  it('is part of the budget, and of the turn of a key', async () => {
    await using at = await world()
    const log: string[] = []
    const key = (): string => 'one'
    const work = defineCommand({ name: 'work', timeout: 1_000, key, run: ({ text }) => `ran ${text}` })
    const bot = await at.bot({ commands: [work] })
    bot.use(async ({ text }, next) => {
      log.push(text)
      return text === 'hangs' ? await new Promise<string>(() => undefined) : await next()
    })
    await at.send('work', 'hangs')
    await at.send('work', '2')
    expect(log).toEqual(['hangs'])
    await at.clock.advance(1_000)
    expect(log).toEqual(['hangs', '2'])
    expect(at.texts()).toEqual(['Sorry, /work took too long. Try again.', 'ran 2'])
  })

  it('stands before commands from then on, and before those of a broker as well', async () => {
    await using at = await world()
    const bot = await at.bot({ commands: [defineCommand({ name: 'work', run: ({ text }) => text })] })
    await at.send('work', '1')
    bot.use(async (_, next) => `${await next()}!`)
    await at.send('work', '2')
    expect(at.texts()).toEqual(['1', '2!'])
  })

  it('is a function', () => {
    expect(() => logging().bot.use('auth' as unknown as BotMiddleware)).toThrow(
      'a middleware must be a function, got string',
    )
  })
})
