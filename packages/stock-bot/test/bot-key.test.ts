import { type Exploration, explore } from '@hubbub/hub/testing'
import { describe, expect, it } from 'vitest'
import { createBot } from '../src/bot.ts'
import { type Call, defineCommand } from '../src/command.ts'
import { Places } from '../src/places.ts'
import { Turns } from '../src/turns.ts'
import { settle } from './support/virtual-clock.ts'
import { held, world } from './support/world.ts'

/** Commands are `<key>-<number>` here. */
const key = ({ text }: Pick<Call, 'text'>): string => text.split('-')[0] ?? ''

describe('commands of one key', () => {
  it('run one after another in the order in which they came, and others beside them', async () => {
    await using at = await world()
    const work = held()
    await at.bot({ concurrency: 4, commands: [defineCommand({ name: 'work', key, run: work.run })] })
    for (const args of ['a-1', 'a-2', 'b-1', 'a-3', 'b-2', 'c-1']) await at.send('work', args)
    const log: string[][] = [[...work.begun]]
    for (const args of ['a-1', 'b-1', 'a-2', 'a-3']) {
      await work.answer(args)
      log.push(work.begun.slice(log.flat().length))
    }
    expect(log).toEqual([['a-1', 'b-1', 'c-1'], ['a-2'], ['b-2'], ['a-3'], []])
    for (const args of ['b-2', 'c-1']) await work.answer(args)
    expect(at.texts()).toEqual(['a-1', 'b-1', 'a-2', 'a-3', 'b-2', 'c-1'])
  })

  it('keep no place that others could use while they wait for each other', async () => {
    await using at = await world()
    const work = held()
    const bot = await at.bot({
      concurrency: 2,
      commands: [defineCommand({ name: 'work', key, run: work.run })],
    })
    for (const args of ['a-1', 'a-2', 'a-3', 'b-1']) await at.send('work', args)
    expect(work.begun).toEqual(['a-1', 'b-1'])
    expect(bot.stats()).toMatchObject({ running: 2, waiting: 2 })
  })

  it('go on when the one before fails, takes too long, or expires while it waits', async () => {
    await using at = await world()
    const work = held()
    await at.bot({ commands: [defineCommand({ name: 'work', timeout: 5_000, key, run: work.run })] })
    await at.send('work', 'a-1')
    await at.send('work', 'a-2')
    await at.send('work', 'a-3', { deadline: at.clock.now() + 5_000 })
    await at.send('work', 'a-4')
    await work.fail('a-1', new Error('broken'))
    await at.clock.advance(5_000)
    expect(work.begun).toEqual(['a-1', 'a-2', 'a-4'])
    expect(at.texts()).toEqual([
      'Sorry, /work failed. Try again later.',
      '/work waited too long for its turn. Try again.',
      'Sorry, /work took too long. Try again.',
    ])
  })

  it('are given back with the rest when the bot stops', async () => {
    await using at = await world()
    const work = held()
    const bot = await at.bot({ commands: [defineCommand({ name: 'work', key, run: work.run })] })
    for (const args of ['a-1', 'a-2', 'b-1']) await at.send('work', args)
    const stopping = bot.stop({ deadline: 1_000 })
    await work.answer('a-1')
    await at.clock.advance(1_000)
    expect(await stopping).toEqual({ completed: 1, requeued: 1, aborted: 1 })
    expect(work.begun).toEqual(['a-1', 'b-1'])
  })

  it.each([
    ['throws', () => JSON.parse('{')],
    ['returns no string', () => 4 as never],
  ])('are answered with an apology where the key %s', async (_, broken) => {
    await using at = await world()
    const errors: unknown[] = []
    await at.bot({
      concurrency: 1,
      commands: [defineCommand({ name: 'work', key: broken, run: () => 'x' })],
      onError: error => errors.push(error),
    })
    await at.send('work')
    await at.send('work')
    expect(at.texts()).toEqual(Array.from({ length: 2 }, () => 'Sorry, /work failed. Try again later.'))
    expect(errors).toHaveLength(2)
  })
})

it('a place that was given to somebody who has just ended goes to the next', async () => {
  const all = new Places(1)
  const turns = new Turns({ all, own: undefined, key })
  const begun: string[] = []
  const take = (text: string) =>
    turns.take({ text, name: 'work' } as Call, () => {
      begun.push(text)
    })
  const [first, second, third] = [take('a-1'), take('a-2'), take('a-3')]
  first.end()
  second.end()
  await settle()
  expect(begun).toEqual(['a-1', 'a-3'])
  third.end()
  const [fourth, fifth] = [take('b-1'), take('c-1')]
  fourth.end()
  fifth.end()
  await settle()
  expect([turns.keys, all.isIdle]).toEqual([0, true])
})

it('a key is forgotten when nothing of it is in hand', () => {
  const turns = new Turns({ all: new Places(2), own: undefined, key })
  const begun: string[] = []
  const take = (text: string) =>
    turns.take({ text, name: 'work' } as Call, () => {
      begun.push(text)
    })
  for (let round = 0; round < 10_000; round += 1) take(`${round}-1`).end()
  expect(turns.keys).toBe(0)
  const first = take('a-1')
  const second = take('a-2')
  const third = take('b-1')
  expect(turns.keys).toBe(2)
  second.end()
  second.end()
  first.end()
  third.end()
  expect(turns.keys).toBe(0)
  expect(begun.slice(10_000)).toEqual(['a-1', 'b-1'])
})

describe('in every order of turns', () => {
  const CONCURRENCY = 2

  /** Somebody gives keyed commands whose parts take turns of their own. Throws where runs overlap or overtake. */
  const play =
    (definition: { readonly key?: (call: Call) => string }) =>
    async ({ step, pick, integer }: Exploration): Promise<void> => {
      const running = new Map<string, string>()
      const begun: string[] = []
      const wrong: string[] = []
      const work = defineCommand({
        name: 'work',
        ...definition,
        run: async call => {
          for (let wait = integer(0, 3); wait > 0; wait -= 1) await step('the bot works')
          running.delete(key(call))
          if (pick([false, false, true])) throw new Error('broken')
          return call.text
        },
      })
      const bot = createBot({ onError: () => undefined, concurrency: CONCURRENCY, commands: [work] })
      bot.use(async (call, next) => {
        const other = running.get(key(call))
        if (other !== undefined) wrong.push(`${call.text} has begun beside ${other}`)
        running.set(key(call), call.text)
        begun.push(call.text)
        if (running.size > CONCURRENCY) wrong.push(`${running.size} run at once`)
        await step('middleware')
        return await next()
      })
      const given: string[] = []
      const answers: Promise<string>[] = []
      for (let index = integer(1, 8); index > 0; index -= 1) {
        if (pick([false, true])) await step('somebody thinks')
        const text = `${pick(['a', 'b', 'c'])}-${given.length}`
        given.push(text)
        answers.push(bot.inject(`/work=${text}`))
      }
      await Promise.all(answers)
      if (wrong.length > 0) throw new Error(wrong.join())
      for (const each of ['a', 'b', 'c'])
        expect(begun.filter(text => key({ text }) === each)).toEqual(
          given.filter(text => key({ text }) === each),
        )
    }

  it('no two commands of a key run at once, nor does one overtake another', async () => {
    await explore(play({ key }), { runs: 300 })
  })

  it('they would, if the bot did not look at the key', async () => {
    await expect(explore(play({}), { runs: 300, shrink: false })).rejects.toThrow('has begun beside')
  })
})
