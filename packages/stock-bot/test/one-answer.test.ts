import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Bot } from '../src/bot-options.ts'
import { createBot } from '../src/bot.ts'
import type { Broker } from '../src/broker/broker.ts'
import { memoryBroker } from '../src/broker/memory.ts'
import { defineCommand } from '../src/command.ts'
import { commands } from '../src/commands.ts'
import { Chat, refusal } from './support/chat.ts'
import { settle, VirtualClock } from './support/virtual-clock.ts'

/** What may happen to a chat and its bots, in any order. */
const step = fc.oneof(
  fc.record({ does: fc.constant('publish'), id: fc.integer({ min: 0, max: 4 }) } as const),
  fc.record({ does: fc.constant('wait'), ms: fc.integer({ min: 0, max: 20_000 }) } as const),
  fc.record({ does: fc.constant('answer') } as const),
  fc.record({ does: fc.constant('fail') } as const),
  fc.record({ does: fc.constant('start') } as const),
  fc.record({ does: fc.constant('stop'), deadline: fc.constantFrom(0, 5_000) } as const),
  fc.record({ does: fc.constant('log'), down: fc.boolean() } as const),
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

interface Twist {
  readonly broker?: (broker: Broker) => Broker
  readonly chat?: (chat: Chat) => void
}

/** Plays a story, waits until all is over, and returns what the chat's users saw. */
async function play(story: readonly Step[], twist: Twist = {}): Promise<Chat> {
  const clock = new VirtualClock()
  const broker = memoryBroker({ clock })
  const chat = new Chat(clock)
  twist.chat?.(chat)
  chat.use(commands({ broker }))
  const runs: PromiseWithResolvers<string>[] = []
  const work = defineCommand({
    name: 'work',
    run: () => {
      const run = Promise.withResolvers<string>()
      runs.push(run)
      return run.promise
    },
  })
  const bots: Bot[] = []
  const stops: Promise<unknown>[] = []
  const start = async (): Promise<void> => {
    bots.push(
      await createBot({
        broker: twist.broker?.(broker) ?? broker,
        clock,
        concurrency: 2,
        commands: [work],
      }).start(),
    )
  }
  await start()
  for (const each of story) {
    if (each.does === 'publish') await chat.publish('/work', `c${each.id}`)
    else if (each.does === 'wait') await clock.advance(each.ms)
    else if (each.does === 'answer') runs.shift()?.resolve('done')
    else if (each.does === 'fail') runs.shift()?.reject(new Error('broken'))
    else if (each.does === 'start') await start()
    else if (each.does === 'log') chat.refuses = each.down ? refusal('unavailable') : undefined
    else stops.push(bots.shift()?.stop({ deadline: each.deadline }) ?? Promise.resolve())
    await settle()
  }
  chat.refuses = undefined
  await clock.advance(120_000)
  stops.push(...bots.map(async bot => bot.stop({ deadline: 0 })))
  await clock.advance(10_000)
  await Promise.all(stops)
  await chat.close()
  await broker.close()
  expect(clock.pending).toBe(0)
  return chat
}

/** Every command that was acked has one message, and not before its first ack. */
function expectOneAnswerEach(chat: Chat): void {
  for (let index = 0; index <= 4; index += 1) {
    const id = `c${index}`
    const acked = chat.seen.includes(`ack ${id}`)
    const answers = chat.messages.filter(({ replyTo }) => replyTo === id)
    expect([id, answers.length]).toEqual([id, acked ? 1 : 0])
  }
}

const everyStory = (twist?: Twist) =>
  fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async story => {
    expectOneAnswerEach(await play(story, twist))
  })

describe('a command that was acked', () => {
  it('gets exactly one answer, whatever happens to the bots, the log and the clock', async () => {
    await fc.assert(everyStory(), { numRuns: 300 })
  }, 60_000)

  it('would get two from a bot whose answers have ids of their own', async () => {
    let replies = 0
    const broker = (inner: Broker): Broker =>
      Object.create(inner, {
        announce: { value: inner.announce.bind(inner) },
        onCommand: {
          value: (name: string, handler: Parameters<Broker['onCommand']>[1], options: object) =>
            inner.onCommand(
              name,
              async (command, context) => {
                const reply = await handler(command, context)
                replies += 1
                return reply && { ...reply, id: `${reply.id}-${replies}` }
              },
              options,
            ),
        },
      })
    await expect(fc.assert(everyStory({ broker }), { numRuns: 300 })).rejects.toThrow('Property failed')
  }, 60_000)

  it('would get none in a chat that does not watch the time', async () => {
    const chat = (inner: Chat): void => {
      const { clock } = inner
      Object.defineProperty(inner, 'clock', {
        value: { now: () => clock.now(), setTimer: () => () => undefined },
      })
    }
    await expect(fc.assert(everyStory({ chat }), { numRuns: 300 })).rejects.toThrow('Property failed')
  }, 60_000)
})
