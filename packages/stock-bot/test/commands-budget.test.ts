import { describe, expect, it } from 'vitest'
import { type Command } from '../src/broker/broker.ts'
import { defineCommand } from '../src/command.ts'
import { commands, type CommandsOptions } from '../src/commands.ts'
import { brokerThat } from './support/broker-that.ts'
import { Chat } from './support/chat.ts'
import { chatWith, stock } from './support/chat-with.ts'
import { VirtualClock } from './support/virtual-clock.ts'
import { held } from './support/world.ts'

const LATE = 'unavailable Too late for /stock: it was too long on its way to be answered in time. Try again.'

/** A chat whose bots take commands and never answer, and how long each of them was given. */
function chatOfSilentBots(options: Partial<CommandsOptions> = {}) {
  const clock = new VirtualClock()
  const given: number[] = []
  const broker = brokerThat(({ deadline }: Command) => {
    given.push(deadline - clock.now())
    return Promise.resolve()
  })
  const chat = new Chat(clock).use(commands({ broker, ...options }))
  return { clock, given, chat }
}

describe('a command whose sender says how long it still waits', () => {
  it.each([
    { budgetMs: 30_000, given: 29_000 },
    { budgetMs: 10_000, given: 9_000 },
    { budgetMs: undefined, given: 29_000 },
    { budgetMs: 30_000, timeout: 5_000, given: 5_000 },
    { budgetMs: 4_000, timeout: 5_000, given: 3_000 },
    { budgetMs: 30_000, timeout: 60_000, given: 29_000 },
    { budgetMs: undefined, timeout: 60_000, given: 60_000 },
  ])('is given the bot with 1 s less, or with the timeout: %o', async ({ budgetMs, timeout, given }) => {
    const at = chatOfSilentBots(timeout === undefined ? {} : { timeout })
    await at.chat.publish('/stock=x', 'c1', 'ann', budgetMs)
    expect(at.given).toEqual([given])
    await at.chat.close()
  })

  it('is answered before that, if only to say that there was no answer in time', async () => {
    const { clock, chat } = chatOfSilentBots()
    await chat.publish('/stock=x', 'c1', 'ann', 10_000)
    await clock.advance(9_999)
    expect(chat.seen).toEqual(['ack c1'])
    await clock.advance(1)
    expect(chat.seen).toEqual(['ack c1', 'message: /stock: no answer in time. Try again.'])
    await chat.close()
    expect(clock.pending).toBe(0)
  })

  it('tells the run when it must have ended', async () => {
    const { at, chat } = await chatWith()
    const ends: number[] = []
    const run = ({ deadline }: { readonly deadline: number }): string => {
      ends.push(deadline - at.clock.now())
      return 'done'
    }
    await at.bot({ commands: [defineCommand({ name: 'work', run })] })
    await chat.publish('/work', 'c1', 'ann', 10_000)
    expect(ends).toEqual([8_900])
    await chat.close()
  })

  it('is refused where less than 1,200 ms are left, and no bot hears of it', async () => {
    const { clock, given, chat } = chatOfSilentBots()
    await chat.publish('/stock=x', 'c1', 'ann', 1_199)
    await chat.publish('/stock=x', 'c2', 'ann', 1)
    await chat.publish('/help', 'c3', 'ann', 1_199)
    expect(given).toEqual([])
    expect(chat.seen).toEqual([
      `error c1: ${LATE}`,
      `error c2: ${LATE}`,
      `error c3: ${LATE.replace('stock', 'help')}`,
    ])
    expect(clock.pending).toBe(0)
    await chat.publish('/stock=x', 'c4', 'ann', 1_200)
    expect(given).toEqual([200])
    await chat.close()
  })

  it('may be given anew once it was refused as too late', async () => {
    const { at, chat } = await chatWith()
    await at.bot({ commands: [stock()] })
    await chat.publish('/stock=x', 'c1', 'ann', 1_000)
    await chat.publish('/stock=x', 'c1', 'ann', 30_000)
    expect(chat.seen).toEqual([`error c1: ${LATE}`, 'ack c1', 'message: AAPL.US quote is $93.42 per share'])
    await chat.close()
  })

  // The ack may have been lost with the connection: what a bot has in hand is not refused.
  it.each([30_000, 20_000, 1_000, 1])(
    'is acked again when it is sent again, with whatever budget: %i',
    async again => {
      const { at, chat } = await chatWith()
      const work = held()
      await at.bot({ commands: [defineCommand({ name: 'work', run: work.run })] })
      await chat.publish('/work=x', 'c1', 'ann', 20_000)
      await at.clock.advance(5_000)
      await chat.publish('/work=x', 'c1', 'ann', again)
      expect(chat.seen).toEqual(['ack c1', 'ack c1'])
      await at.clock.advance(13_899)
      expect(chat.messages).toEqual([])
      await at.clock.advance(1)
      expect(chat.messages.map(({ text }) => text)).toEqual(['Sorry, /work took too long. Try again.'])
      expect(work.begun).toEqual(['x'])
      await chat.close()
    },
  )
})
