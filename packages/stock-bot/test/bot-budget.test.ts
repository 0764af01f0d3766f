import { describe, expect, it } from 'vitest'
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

  it('is what is left until the deadline where that is less, and nobody answers after it', async () => {
    await using at = await world()
    const work = held()
    const bot = await at.bot({ commands: [defineCommand({ name: 'work', run: work.run })] })
    await at.send('work', 'x', { deadline: at.clock.now() + 1_000 })
    await at.clock.advance(999)
    expect(work.signals.get('x')?.aborted).toBe(false)
    await at.clock.advance(1)
    expect(work.signals.get('x')?.aborted).toBe(true)
    await work.answer('x', 'too late')
    expect(at.replies).toEqual([])
    expect(at.broker.deadLetters()).toEqual([])
    expect(bot.stats()).toMatchObject({ answered: 0, expired: 1 })
  })

  it('does not run what has waited for its place until the deadline', async () => {
    await using at = await world()
    const work = held()
    await at.bot({
      concurrency: 1,
      commands: [defineCommand({ name: 'work', timeout: 5_000, run: work.run })],
    })
    await at.send('work', 'first')
    await at.send('work', 'stale', { deadline: at.clock.now() + 5_000 })
    await at.clock.advance(5_000)
    expect(work.begun).toEqual(['first'])
    expect(at.texts()).toEqual(['Sorry, /work took too long. Try again.'])
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
})
