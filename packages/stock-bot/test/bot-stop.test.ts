import { describe, expect, it } from 'vitest'
import { createBot } from '../src/bot.ts'
import { BrokerError } from '../src/broker/broker.ts'
import { memoryBroker } from '../src/broker/memory.ts'
import { defineCommand } from '../src/command.ts'
import { settle, VirtualClock } from './support/virtual-clock.ts'
import { held, world } from './support/world.ts'

describe('stopping a bot', () => {
  it('takes no more, ends what runs, gives the rest back, and says what became of it', async () => {
    await using at = await world()
    const work = held()
    const bot = await at.bot({ concurrency: 2, commands: [defineCommand({ name: 'work', run: work.run })] })
    for (const args of ['ends', 'hangs', 'waits', 'waits too', 'untouched']) await at.send('work', args)
    const stopping = bot.stop({ deadline: 10_000 })
    await settle()
    const next = held()
    await at.bot({ commands: [defineCommand({ name: 'work', run: next.run })] })
    await settle()
    expect(next.begun.toSorted()).toEqual(['untouched', 'waits', 'waits too'])

    await work.answer('ends')
    expect(at.texts()).toEqual(['ends'])
    expect(work.signals.get('hangs')?.aborted).toBe(false)
    await at.clock.advance(10_000)
    expect(work.signals.get('hangs')?.aborted).toBe(true)
    expect(await stopping).toEqual({ completed: 1, requeued: 2, aborted: 1 })
    await settle()
    expect(next.begun.toSorted()).toEqual(['hangs', 'untouched', 'waits', 'waits too'])
    expect(work.begun).toEqual(['ends', 'hangs'])
  })

  it('is over as soon as nothing is in hand', async () => {
    await using at = await world()
    const bot = await at.bot({ commands: [defineCommand({ name: 'work', run: () => 'x' })] })
    await at.send('work')
    expect(await bot.stop()).toEqual({ completed: 0, requeued: 0, aborted: 0 })
    await expect(at.send('work')).rejects.toThrow('no bot listens')
  })

  it('is idempotent: the first call decides', async () => {
    await using at = await world()
    const work = held()
    const bot = await at.bot({ commands: [defineCommand({ name: 'work', run: work.run })] })
    await at.send('work', 'x')
    const first = bot.stop({ deadline: 1_000 })
    const second = bot.stop({ deadline: 0 })
    await at.clock.advance(999)
    expect(work.signals.get('x')?.aborted).toBe(false)
    await at.clock.advance(1)
    expect(await first).toEqual({ completed: 0, requeued: 0, aborted: 1 })
    expect(await second).toEqual(await first)
  })

  it('follows an AbortSignal, and the end of a scope', async () => {
    await using at = await world()
    const abort = new AbortController()
    const commands = [defineCommand({ name: 'work', run: () => 'x' })]
    await at.bot({ commands, signal: abort.signal })
    abort.abort()
    await settle()
    await expect(at.send('work')).rejects.toThrow('no bot listens')
    {
      await using bot = await at.bot({ commands })
      await at.send('work')
      expect(bot.stats()).toMatchObject({ answered: 1 })
    }
    await expect(at.send('work')).rejects.toThrow('no bot listens')
  })

  it('makes a command that every bot gives back a dead letter, after four bots', async () => {
    await using at = await world()
    const commands = [defineCommand({ name: 'work', run: held().run })]
    let bot = await at.bot({ commands })
    const { id } = await at.send('work', 'poison')
    for (let round = 0; round < 4; round += 1) {
      const next = await at.bot({ commands })
      await settle()
      const stopping = bot.stop({ deadline: 0 })
      await at.clock.advance(0)
      expect(await stopping).toEqual({ completed: 0, requeued: 0, aborted: 1 })
      bot = next
    }
    await settle()
    expect(at.broker.deadLetters()).toEqual([
      { command: expect.objectContaining({ id }), reason: 'delivery-limit', deliveries: 4 },
    ])
    expect(at.replies).toEqual([])
  })

  it('wants a deadline that is one', async () => {
    const bot = createBot({ commands: [defineCommand({ name: 'work', run: () => 'x' })] })
    await expect(bot.stop({ deadline: -1 })).rejects.toThrow('deadline must be an integer from 0')
    expect(await bot.inject('/work')).toBe('x')
  })

  it('answers no injected text any more', async () => {
    const bot = createBot({ commands: [defineCommand({ name: 'work', run: () => 'x' })] })
    await bot.stop()
    await expect(bot.inject('/work')).rejects.toThrow('stopping')
  })
})

describe('starting a bot', () => {
  const commands = [defineCommand({ name: 'work', run: () => 'x' })]

  it('needs a broker', async () => {
    await expect(createBot({ commands }).start()).rejects.toThrow('needs a broker')
  })

  it('happens once', async () => {
    await using at = await world()
    const bot = await at.bot({ commands })
    await expect(bot.start()).rejects.toThrow('starts once')
  })

  it('does not happen where the signal is aborted already', async () => {
    await using at = await world()
    await expect(at.bot({ commands, signal: AbortSignal.abort() })).rejects.toThrow('aborted')
    await expect(at.send('work')).rejects.toThrow('no bot listens')
  })

  it('leaves nothing behind where a part of it fails', async () => {
    const clock = new VirtualClock()
    await using broker = memoryBroker({ clock })
    const failing = Object.create(broker, {
      onCommand: { value: broker.onCommand.bind(broker) },
      announce: { value: () => Promise.reject(new BrokerError('unavailable', 'no connection')) },
    }) as typeof broker
    await expect(createBot({ broker: failing, clock, commands }).start()).rejects.toThrow('no connection')
    const command = {
      id: 'a',
      commandId: 'a',
      name: 'work',
      args: '',
      room: 'general',
      author: { id: 'guest:ann', name: 'Ann' },
      replyTo: 'log',
      deadline: clock.now() + 1_000,
    }
    await expect(broker.send(command)).rejects.toThrow('no bot listens')
    expect(clock.pending).toBe(0)
  })
})
