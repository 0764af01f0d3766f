import { describe, expect, it } from 'vitest'
import { createBot } from '../src/bot.ts'
import { defineCommand, ReplyError } from '../src/command.ts'
import type { OutgoingReply, ReplyTransformer } from '../src/transform.ts'
import { held, world } from './support/world.ts'

const echo = defineCommand({ name: 'echo', run: ({ text }) => text })

describe('a transformer', () => {
  it('changes what goes out, in the order of their use, and sees what comes of it', async () => {
    const log: string[] = []
    const bot = createBot({ commands: [echo] })
    bot
      .transform(async ({ text }, next) => {
        const sent = await next(`${text}b`)
        log.push(sent)
        return sent.toUpperCase()
      })
      .transform(({ text }, next) => next(`${text}c`))
    expect(await bot.inject('/echo=a')).toBe('ABC')
    expect(log).toEqual(['abc'])
  })

  it('sees every reply: answers, errors, help and what has expired', async () => {
    await using at = await world()
    const work = held()
    const failing = defineCommand({
      name: 'fail',
      run: () => {
        throw new ReplyError('No.')
      },
    })
    const commands = [echo, failing, defineCommand({ name: 'work', timeout: 5_000, run: work.run })]
    const bot = await at.bot({ concurrency: 1, commands })
    const seen: unknown[] = []
    bot.transform(({ text, outcome, call }, next) => {
      seen.push([call.name, outcome, text])
      return next(text)
    })
    await at.send('echo', 'hi')
    await at.send('fail')
    await bot.inject('/help=echo')
    await bot.inject('/echo=injected')
    await at.send('work', 'x')
    await at.send('echo', 'late', { deadline: at.clock.now() + 1_000 })
    await at.clock.advance(5_000)
    expect(seen).toEqual([
      ['echo', 'answered', 'hi'],
      ['fail', 'failed', 'No.'],
      ['help', 'answered', '/echo\n/echo is answered by stock-bot.'],
      ['echo', 'answered', 'injected'],
      ['echo', 'expired', '/echo waited too long for its turn. Try again.'],
      ['work', 'failed', 'Sorry, /work took too long. Try again.'],
    ])
  })

  it('has the text before it is cut to what a chat takes', async () => {
    const bot = createBot({ commands: [echo] })
    bot.transform(({ text }, next) => next(`${text}${'x'.repeat(5_000)}`))
    expect(await bot.inject('/echo=a')).toHaveLength(4_000)
  })

  const broken: readonly [string, ReplyTransformer, string, string][] = [
    [
      'throws',
      () => {
        throw new Error('no dictionary')
      },
      'Sorry, /echo failed. Try again later.',
      'no dictionary',
    ],
    [
      'returns nothing',
      () => undefined as unknown as string,
      'Sorry, /echo failed. Try again later.',
      'got a',
    ],
    ['returns a blank text', () => ' ', 'Sorry, /echo failed. Try again later.', 'a blank one'],
    [
      'calls next twice',
      async ({ text }, next) => {
        await next(text)
        return next(text)
      },
      'Sorry, /echo failed. Try again later.',
      'a transformer called next() twice',
    ],
  ]
  it.each(broken)(
    'that %s costs the user the text, and not the answer',
    async (_, transformer, text, told) => {
      const errors: unknown[] = []
      const bot = createBot({ commands: [echo], onError: error => errors.push(error) })
      bot.transform(transformer)
      expect(await bot.inject('/echo=the secret')).toBe(text)
      expect(errors).toEqual([expect.objectContaining({ message: expect.stringContaining(told) })])
    },
  )

  it('that hangs costs the answer at the deadline, and its place no longer', async () => {
    await using at = await world()
    const bot = await at.bot({ concurrency: 1, commands: [echo] })
    const seen: OutgoingReply[] = []
    bot.transform((reply, next) => {
      seen.push(reply)
      return reply.text === 'hangs' ? new Promise<string>(() => undefined) : next(reply.text)
    })
    await at.send('echo', 'hangs', { deadline: at.clock.now() + 5_000 })
    await at.send('echo', 'next')
    await at.clock.advance(4_999)
    expect(at.texts()).toEqual([])
    await at.clock.advance(1)
    expect(at.texts()).toEqual(['next'])
    expect(bot.stats()).toMatchObject({ answered: 1, expired: 1 })
  })
})
