import { describe, expect, it, vi } from 'vitest'
import { defineCommand } from '../src/command.ts'
import { held, world } from './support/world.ts'

describe('the budget of a command', () => {
  it('ends the run at its timeout, and says so', async () => {
    await using at = await world()
    const work = held()
    const errors: unknown[] = []
    await at.bot({
      commands: [defineCommand({ name: 'work', timeout: 5_000, run: work.run })],
      onError: error => errors.push(error),
    })
    await at.send('work', 'x')
    await at.clock.advance(4_999)
    expect(work.signals.get('x')?.aborted).toBe(false)
    await at.clock.advance(1)
    expect(work.signals.get('x')?.aborted).toBe(true)
    expect(at.texts()).toEqual(['Sorry, /work took too long. Try again.'])
    expect(errors).toEqual([expect.objectContaining({ name: 'TimeoutError' })])
    await work.answer('x', 'too late')
    expect(at.texts()).toHaveLength(1)
  })

  it('ends it 100 ms before the deadline where that is nearer, so that the answer is in time', async () => {
    await using at = await world()
    const work = held()
    const bot = await at.bot({ commands: [defineCommand({ name: 'work', run: work.run })] })
    await at.send('work', 'x', { deadline: at.clock.now() + 1_000 })
    await at.clock.advance(899)
    expect(work.signals.get('x')?.aborted).toBe(false)
    await at.clock.advance(1)
    expect(work.signals.get('x')?.aborted).toBe(true)
    expect(at.texts()).toEqual(['Sorry, /work took too long. Try again.'])
    await work.answer('x', 'too late')
    expect(at.texts()).toHaveLength(1)
    expect(bot.stats()).toMatchObject({ answered: 1, expired: 0, running: 0 })
  })

  it('tells the run when it must have ended', async () => {
    await using at = await world()
    const ends: number[] = []
    const run = ({ deadline }: { readonly deadline: number }): string => {
      ends.push(deadline - at.clock.now())
      return 'done'
    }
    await at.bot({ commands: [defineCommand({ name: 'work', timeout: 5_000, run })] })
    await at.send('work')
    await at.send('work', '', { deadline: at.clock.now() + 3_000 })
    expect(ends).toEqual([5_000, 2_900])
  })

  it('is too small to begin with less than 200 ms, and the answer is that it has expired', async () => {
    await using at = await world()
    const work = held()
    const bot = await at.bot({ commands: [defineCommand({ name: 'work', run: work.run })] })
    await at.send('work', 'late', { deadline: at.clock.now() + 199 })
    await at.send('work', 'in time', { deadline: at.clock.now() + 200 })
    expect(work.begun).toEqual(['in time'])
    expect(at.texts()).toEqual(['/work waited too long for its turn. Try again.'])
    expect(bot.stats()).toMatchObject({ answered: 0, expired: 1, running: 1 })
  })

  it('ends for what waits for its place 200 ms before the deadline, with the same answer', async () => {
    await using at = await world()
    const work = held()
    const bot = await at.bot({ concurrency: 1, commands: [defineCommand({ name: 'work', run: work.run })] })
    await at.send('work', 'first')
    await at.send('work', 'stale', { deadline: at.clock.now() + 5_000 })
    await at.clock.advance(4_799)
    expect(at.texts()).toEqual([])
    await at.clock.advance(1)
    expect(at.texts()).toEqual(['/work waited too long for its turn. Try again.'])
    await work.answer('first')
    expect(work.begun).toEqual(['first'])
    expect(bot.stats()).toMatchObject({ answered: 1, expired: 1, running: 0, waiting: 0 })
  })

  it('gives the place of a run that does not listen to its signal to the next', async () => {
    await using at = await world()
    const work = held()
    await at.bot({
      concurrency: 1,
      commands: [defineCommand({ name: 'work', timeout: 5_000, run: work.run })],
    })
    await at.send('work', 'deaf')
    await at.send('work', 'next')
    await at.clock.advance(5_000)
    expect(work.begun).toEqual(['deaf', 'next'])
  })

  it.each([-3_600_000, -10_000, 10_000, 3_600_000])(
    'is spent as time passes, and on one run, where the wall clock is set by %i ms',
    async ms => {
      await using at = await world()
      const work = held()
      await at.bot({ commands: [defineCommand({ name: 'work', run: work.run })] })
      await at.send('work', 'x')
      at.clock.setWallClock(at.clock.now() + ms)
      await at.clock.advance(28_000)
      expect(work.signals.get('x')?.aborted).toBe(false)
      await at.clock.advance(60_000)
      expect(work.signals.get('x')?.aborted).toBe(true)
      expect(work.begun).toEqual(['x'])
    },
  )

  it('is watched with one timer of the bot and one of the broker, and none once nothing is in hand', async () => {
    await using at = await world()
    const work = held()
    await at.bot({ concurrency: 8, commands: [defineCommand({ name: 'work', run: work.run })] })
    const before = at.clock.pending
    const setTimer = vi.spyOn(at.clock, 'setTimer')
    for (const args of ['1', '2', '3', '4', '5', '6', '7', '8']) await at.send('work', args)
    const own = setTimer.mock.calls.filter(([, ms]) => ms > 20_000)
    expect(own).toHaveLength(2)
    for (const args of work.begun) await work.answer(args)
    await at.clock.advance(0)
    expect(at.clock.pending).toBe(before)
  })
})

describe('the signal of a command', () => {
  it('is made when it is first read, and the same from then on', async () => {
    await using at = await world()
    const made = vi.spyOn(AbortSignal.prototype, 'addEventListener')
    const signals: AbortSignal[] = []
    const reads = defineCommand({
      name: 'reads',
      run: context => {
        signals.push(context.signal, context.signal)
        return 'x'
      },
    })
    await at.bot({ commands: [defineCommand({ name: 'blind', run: () => 'x' }), reads] })
    try {
      await at.send('blind')
      expect(made).not.toHaveBeenCalled()
      await at.send('reads')
      expect(signals[0]).toBe(signals[1])
      expect(made).toHaveBeenCalledTimes(1)
    } finally {
      made.mockRestore()
    }
  })

  it('has aborted where it is first read behind the end', async () => {
    await using at = await world()
    const gate = Promise.withResolvers<void>()
    const seen: unknown[] = []
    const slow = defineCommand({
      name: 'slow',
      timeout: 1_000,
      run: async context => {
        await gate.promise
        seen.push(context.signal.aborted, context.signal.reason)
        return 'x'
      },
    })
    await at.bot({ commands: [slow] })
    await at.send('slow')
    await at.clock.advance(1_000)
    gate.resolve()
    await at.clock.advance(0)
    expect(seen).toEqual([true, expect.objectContaining({ name: 'TimeoutError' })])
  })

  it('aborts when the broker wants the command back', async () => {
    await using at = await world()
    const work = held()
    await at.bot({ commands: [defineCommand({ name: 'work', run: work.run })] })
    await at.send('work', 'x')
    const closing = at.broker.close()
    await at.clock.advance(5_000)
    await closing
    expect(work.signals.get('x')?.reason).toMatchObject({ name: 'GivenBack' })
  })

  it('is not needed to keep what waits from beginning when the broker is closed', async () => {
    await using at = await world()
    const begun: string[] = []
    const gate = Promise.withResolvers<string>()
    const work = defineCommand({
      name: 'work',
      run: ({ text }) => {
        begun.push(text)
        return gate.promise
      },
    })
    await at.bot({ concurrency: 1, commands: [work] })
    await at.send('work', 'runs')
    await at.send('work', 'waits')
    const closing = at.broker.close()
    await at.clock.advance(5_000)
    await closing
    gate.resolve('done')
    await at.clock.advance(0)
    expect(begun).toEqual(['runs'])
  })
})
