import { describe, expect, it, vi } from 'vitest'
import { createBot } from '../src/bot.ts'
import { defineCommand, ReplyError } from '../src/command.ts'
import { world } from './support/world.ts'

describe('an error in a command', () => {
  const failing = (error: unknown, onError?: () => string | undefined) =>
    defineCommand({
      name: 'work',
      usage: '/work=2',
      run: () => {
        throw error
      },
      ...(onError && { onError }),
    })
  const cases: readonly [string, unknown, (() => string | undefined) | undefined, string, number][] = [
    ['with a userMessage is shown', new ReplyError('No such symbol.'), undefined, 'No such symbol.', 0],
    [
      'with a userMessage of another package is shown',
      Object.assign(new Error('HTTP 503'), { userMessage: 'Stooq is down.' }),
      undefined,
      'Stooq is down.',
      0,
    ],
    [
      'of any other kind becomes an apology',
      new Error('secret at /srv/bot.ts:1'),
      undefined,
      'Sorry, /work failed. Try again later.',
      1,
    ],
    ['that is no error becomes an apology', 'oops', undefined, 'Sorry, /work failed. Try again later.', 1],
    ['is what onError makes of it', new Error('x'), () => 'Out of dice.', 'Out of dice.', 1],
    [
      'is apologized for where onError has nothing to say',
      new Error('x'),
      () => undefined,
      'Sorry, /work failed. Try again later.',
      1,
    ],
    [
      'is apologized for where onError fails',
      new Error('x'),
      () => {
        throw new Error('y')
      },
      'Sorry, /work failed. Try again later.',
      1,
    ],
  ]
  it.each(cases)('%s', async (_, error, onError, text, reported) => {
    await using at = await world()
    const errors: unknown[] = []
    await at.bot({ commands: [failing(error, onError)], onError: each => errors.push(each) })
    await at.send('work')
    expect(at.texts()).toEqual([text])
    expect(errors).toHaveLength(reported)
  })

  it('harms nobody where what handles it fails late, or looking at it throws', async () => {
    const unhandled = vi.fn<(error: unknown) => void>()
    process.on('unhandledRejection', unhandled)
    try {
      const late = (): Promise<never> => Promise.reject(new Error('too late'))
      const trap = Object.defineProperty(new Error('x'), 'userMessage', {
        get: () => {
          throw new Error('a trap')
        },
      })
      const bot = createBot({
        commands: [failing(trap, late as unknown as () => undefined)],
        onError: vi.fn<() => unknown>(late),
      })
      expect(await bot.inject('/work')).toBe('Sorry, /work failed. Try again later.')
      await new Promise(setImmediate)
      expect(unhandled).not.toHaveBeenCalled()
    } finally {
      process.off('unhandledRejection', unhandled)
    }
  })

  it('is printed where nobody wants to be told: an apology alone would leave the author in the dark', async () => {
    const print = vi.spyOn(console, 'error').mockReturnValue()
    try {
      const error = new Error('x')
      const bot = createBot({ name: 'dice', commands: [failing(error)] })
      expect(await bot.inject('/work')).toBe('Sorry, /work failed. Try again later.')
      expect(print.mock.calls).toEqual([['dice: /work failed:', error]])
    } finally {
      print.mockRestore()
    }
  })

  it('does not keep the answer from the user when whoever is told of it throws', async () => {
    await using at = await world()
    await at.bot({
      commands: [failing(new Error('x'))],
      onError: () => {
        throw new Error('the log is full')
      },
    })
    await at.send('work')
    expect(at.texts()).toEqual(['Sorry, /work failed. Try again later.'])
  })

  it('is what a blank or missing reply is taken for', async () => {
    await using at = await world()
    const errors: unknown[] = []
    await at.bot({
      commands: [defineCommand({ name: 'blank', run: () => ' \n\0' })],
      onError: each => errors.push(each),
    })
    await at.send('blank')
    expect(at.texts()).toEqual(['Sorry, /blank failed. Try again later.'])
    expect(errors).toEqual([expect.objectContaining({ message: expect.stringContaining('a blank one') })])
  })
})
