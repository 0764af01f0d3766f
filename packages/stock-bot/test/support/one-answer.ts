import { VirtualClock } from '@hubbub/hub/testing'
import type { Exploration } from '@hubbub/hub/testing'
import type { Bot } from '../../src/bot-options.ts'
import { createBot } from '../../src/bot.ts'
import type { Broker } from '../../src/broker/broker.ts'
import { memoryBroker } from '../../src/broker/memory.ts'
import type { BotPost } from '../../src/chat.ts'
import { defineCommand, ReplyError } from '../../src/command.ts'
import { commands, type CommandsOptions } from '../../src/commands.ts'
import { Chat, refusal } from './chat.ts'

/** A user waits no longer. */
const PATIENCE_MS = 30_000
/** After this, every command that was given has met its fate. */
const OVER_MS = 120_000
/** How soon what the log has refused is tried again. */
const AGAIN_MS = 1_000

/** What is broken on purpose. */
export interface Twist {
  readonly broker?: (broker: Broker) => Broker
  readonly chat?: (chat: Chat) => void
  readonly options?: Partial<CommandsOptions>
}

/** A chat whose log answers when the explorer wants, and which writes down when it was given what it took. */
class WatchedChat extends Chat {
  readonly #step: Exploration['step']
  /** When each message was posted that is in the room, by id. */
  readonly at = new Map<string, number>()

  constructor(clock: VirtualClock, { step }: Exploration) {
    super(clock)
    this.#step = step
  }

  isRefused(id: string): boolean {
    return this.seen.some(line => line.startsWith(`error ${id}:`))
  }

  override async post(message: BotPost): Promise<void> {
    const now = this.clock.now()
    if (this.refuses) throw this.refuses
    await this.#step('append')
    await super.post(message)
    if (!this.at.has(message.id)) this.at.set(message.id, now)
  }
}

/** One command that somebody gave, perhaps several times. */
interface Given {
  readonly id: string
  readonly text: string
  /** When it was typed: from then on somebody waits. What was refused is given anew. */
  at: number
  /** Whether its client says what is left of that. */
  readonly says: boolean
}

/**
 * Somebody gives commands, bots come and go, work ends or does not, the log is away for a while, and time passes:
 * all of it in the order of this run. Throws where a command that was acked has not one answer within 30 s, or, where
 * the log was away, 1 s after it is back.
 */
export async function playOneAnswer(
  exploration: Exploration,
  sees: (what: string) => void,
  twist: Twist = {},
): Promise<void> {
  const { pick, integer, step, idle } = exploration
  const clock = new VirtualClock()
  const broker = memoryBroker({ clock })
  const chat = new WatchedChat(clock, exploration)
  twist.chat?.(chat)
  chat.use(commands({ broker, ...twist.options }))

  const work = async (signal?: () => AbortSignal): Promise<string> => {
    const fate = pick(['answers', 'answers', 'fails', 'hangs', 'takes long'])
    for (let wait = integer(0, 3); wait > 0; wait -= 1) await step('the bot works')
    if (fate === 'fails') throw pick([new Error('broken'), new ReplyError('No.')])
    if (fate === 'answers') return 'done'
    const end = Promise.withResolvers<string>()
    const cancel =
      fate === 'hangs' ? undefined : clock.setTimer(() => end.resolve('done'), integer(10_000, 40_000))
    signal?.().addEventListener('abort', () => {
      cancel?.()
      end.reject(new Error('aborted'))
    })
    return end.promise
  }
  const start = async (): Promise<Bot> => {
    const bot = createBot({
      onError: () => undefined,
      broker: twist.broker?.(broker) ?? broker,
      clock,
      concurrency: pick([1, 2]),
      commands: [
        defineCommand({ name: 'work', run: context => work(() => context.signal) }),
        defineCommand({ name: 'deaf', timeout: 20_000, run: () => work() }),
        defineCommand({ name: 'keyed', key: ({ text }) => text, run: context => work(() => context.signal) }),
      ],
    })
    bot.use(async (_, next) => {
      await step('middleware')
      return pick(['pass', 'pass', 'answer']) === 'pass' ? await next() : 'not now'
    })
    bot.transform(({ text }, next) =>
      pick(['pass', 'pass', 'pass', 'hang']) === 'hang' ? new Promise(() => undefined) : next(text),
    )
    return bot.start()
  }

  const given: Given[] = []
  const bots: Bot[] = []
  const stops: Promise<unknown>[] = []
  let backAt = 0
  const lines = ['/work', '/deaf', '/keyed=a', '/keyed=b', '/help', '/wrok'] as const
  const publish = async ({ id, text, at, says }: Given): Promise<void> => {
    const left = at + PATIENCE_MS - clock.now()
    // A client gives up what it is too late for.
    if (!says) await chat.publish(text, id)
    else if (left > 0) await chat.publish(text, id, 'ann', left)
  }
  const ask = async (): Promise<void> => {
    for (let act = integer(1, 6); act > 0; act -= 1) {
      for (let wait = integer(0, 4); wait > 0; wait -= 1) await step('somebody thinks')
      const last = given.at(-1)
      if (last && pick([false, false, true])) {
        sees('given again')
        if (chat.isRefused(last.id)) last.at = clock.now()
        await publish(last)
      } else {
        const says = pick([true, true, false])
        // A command may have waited in its client, or be long on its way.
        const at = clock.now() - (says ? pick([0, 0, 20_000, 28_800, 28_801]) : 0)
        const command = { id: `c${given.length}`, text: pick(lines), at, says }
        given.push(command)
        await publish(command)
      }
    }
  }
  const operate = async (): Promise<void> => {
    bots.push(await start())
    for (let act = integer(0, 4); act > 0; act -= 1) {
      for (let wait = integer(0, 10); wait > 0; wait -= 1) await step('the operator waits')
      if (pick(['start', 'stop']) === 'start') bots.push(await start())
      else stops.push(bots.shift()?.stop({ deadline: pick([0, 5_000]) }) ?? Promise.resolve())
    }
  }
  const breakDown = async (): Promise<void> => {
    if (pick([true, true, false])) return
    for (let wait = integer(0, 10); wait > 0; wait -= 1) await step('the log waits')
    sees('log down')
    chat.refuses = refusal('unavailable')
    clock.setTimer(
      () => {
        chat.refuses = undefined
        backAt = clock.now()
      },
      pick([500, 20_000, 40_000]),
    )
  }
  const acting = new Set<unknown>()
  const acts = [ask(), operate(), breakDown()].map(each => {
    acting.add(each)
    return each.finally(() => acting.delete(each))
  })
  while (acting.size > 0) {
    await idle()
    await clock.advance(pick([1, 100, 1_000, 10_000]))
  }
  await Promise.all(acts)
  for (let ms = 0; ms < OVER_MS; ms += 10_000) {
    await idle()
    await clock.advance(10_000)
  }
  stops.push(...bots.map(async bot => bot.stop({ deadline: 0 })))
  for (let rest = 0; rest < 2; rest += 1) {
    await idle()
    await clock.advance(10_000)
  }
  await Promise.all(stops)
  await idle()
  judge(chat, given, backAt, sees)
  await chat.close()
  await broker.close()
  if (clock.pending > 0) throw new Error(`${clock.pending} timers are left`)
}

function judge(
  chat: WatchedChat,
  given: readonly Given[],
  backAt: number,
  sees: (what: string) => void,
): void {
  for (const { id, text, at } of given) {
    const answers = chat.messages.filter(({ replyTo }) => replyTo === id)
    const ack = chat.seen.indexOf(`ack ${id}`)
    const isRefused = chat.isRefused(id)
    if (ack === -1 && !isRefused) throw new Error(`${id} ${text} was neither acked nor refused`)
    if (answers.length !== (ack === -1 ? 0 : 1))
      throw new Error(`${id} ${text} has ${answers.length} answers`)
    if (isRefused) sees('refused')
    if (chat.seen.some(line => line.startsWith(`error ${id}: unavailable Too late`))) sees('too late')
    const [answer] = answers
    if (!answer) continue
    const took = (chat.at.get(answer.id) ?? Infinity) - at
    if (took > Math.max(PATIENCE_MS, backAt + AGAIN_MS - at))
      throw new Error(`${id} ${text} was answered after ${took} ms`)
    sees(kindOf(answer.text))
  }
}

const kindOf = (text: string): string => {
  if (text.includes('/help=') || text === 'No commands are known here.') return 'helped'
  if (text.includes('no answer in time')) return 'no answer in time'
  if (text.includes('waited too long')) return 'expired'
  if (text.includes('took too long')) return 'took too long'
  if (text.includes('failed') || text === 'No.') return 'failed'
  return text === 'not now' ? 'answered by middleware' : 'answered'
}

/** What the plays must come to, some of them: else they prove nothing. */
export const CASES = [
  'answered',
  'answered by middleware',
  'failed',
  'took too long',
  'expired',
  'no answer in time',
  'helped',
  'refused',
  'too late',
  'given again',
  'log down',
] as const
