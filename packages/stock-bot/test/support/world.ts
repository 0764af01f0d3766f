import type { Bot, BotOptions } from '../../src/bot-options.ts'
import type { Command, Reply } from '../../src/broker/broker.ts'
import { memoryBroker } from '../../src/broker/memory.ts'
import type { MemoryBroker } from '../../src/broker/memory-options.ts'
import { createBot } from '../../src/bot.ts'
import { VirtualClock } from './virtual-clock.ts'

/** A broker, a clock, and the replies that came for one log. */
export interface World extends AsyncDisposable {
  readonly clock: VirtualClock
  readonly broker: MemoryBroker
  readonly replies: Reply[]
  readonly texts: () => string[]
  /** Starts a bot that is stopped with the world. */
  bot(options: Omit<BotOptions, 'broker' | 'clock'>): Promise<Bot>
  /** Sends a command and lets everything run that can. */
  send(name: string, args?: string, changes?: Partial<Command>): Promise<Command>
}

export async function world(): Promise<World> {
  const clock = new VirtualClock()
  const broker = memoryBroker({ clock })
  const replies: Reply[] = []
  const bots: Bot[] = []
  let sent = 0
  await broker.onReply({ id: 'log', durable: false }, async reply => {
    replies.push(reply)
    await Promise.resolve()
  })
  return {
    clock,
    broker,
    replies,
    texts: () => replies.map(({ text }) => text),
    async bot(options) {
      const bot = await createBot({ onError: () => undefined, ...options, broker, clock }).start()
      bots.push(bot)
      return bot
    },
    async send(name, args = '', changes = {}) {
      sent += 1
      const command: Command = {
        id: `id-${sent}`,
        commandId: `client-${sent}`,
        name,
        args,
        room: 'general',
        author: { id: 'guest:ann', name: 'Ann' },
        replyTo: 'log',
        deadline: clock.now() + 30_000,
        ...changes,
      }
      await broker.send(command)
      await clock.advance(0)
      return command
    },
    async [Symbol.asyncDispose]() {
      const ends = [...bots.map(async bot => bot.stop({ deadline: 0 })), broker.close()]
      await clock.advance(60_000)
      await Promise.all(ends)
      if (clock.pending > 0) throw new Error(`${clock.pending} timers are left`)
    },
  }
}

/** A command's `run` that a test ends by hand, in any order. */
export function held(): {
  readonly run: (context: { readonly text: string; readonly signal: AbortSignal }) => Promise<string>
  /** What runs, by its arguments. */
  readonly begun: string[]
  readonly signals: Map<string, AbortSignal>
  readonly answer: (args: string, text?: string) => Promise<void>
  readonly fail: (args: string, error: unknown) => Promise<void>
} {
  const runs = new Map<string, PromiseWithResolvers<string>>()
  const begun: string[] = []
  const signals = new Map<string, AbortSignal>()
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 200; turn += 1) await Promise.resolve()
  }
  return {
    begun,
    signals,
    run: ({ text, signal }) => {
      begun.push(text)
      signals.set(text, signal)
      const run = Promise.withResolvers<string>()
      runs.set(text, run)
      return run.promise
    },
    answer: async (args, text = args) => {
      runs.get(args)?.resolve(text)
      await settle()
    },
    fail: async (args, error) => {
      runs.get(args)?.reject(error)
      await settle()
    },
  }
}
