import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHub, systemClock } from '@hubbub/hub'
import { sqliteLog } from '@hubbub/hub/sqlite'
import { listen } from '@hubbub/hub/ws'
import { commands } from '@hubbub/stock-bot'
import { type AmqpBroker, amqpBroker } from '@hubbub/stock-bot/amqp'
import { after, inTime } from '../../../hub/test/kill/patience.ts'
import { Asker } from './asker.ts'
import { Crew } from './crew.ts'
import { judge, type Records, type Verdict } from './verdict.ts'

/** How a drill is set up. */
export interface FieldOptions {
  /** RabbitMQ. */
  readonly amqp: string
  /** @default 4 */
  readonly users?: number
  /** Of all users together. @default 100 */
  readonly commandsPerSecond?: number
  /** How long a command may take. @default 29,000 ms */
  readonly patience?: number
  /** The bots' file and what it is told besides RabbitMQ's address. @default the kit's bot */
  readonly bot?: readonly [script: string, ...args: string[]]
}

/** A chat over RabbitMQ with two bots of their own, and users that give commands all the time. */
export interface Field {
  readonly broker: AmqpBroker
  readonly crew: Crew
  /** When RabbitMQ was away, in epoch milliseconds. */
  readonly outages: [from: number, to: number][]
  /** Resolves when a command is answered that was given at this time or later. */
  answered(since: number): Promise<void>
}

/** What came of it. */
export interface FieldReport extends Verdict {
  /** Errors that nobody handled, here or in a bot, and what nobody expects. */
  readonly unhandled: readonly string[]
  /** Commands that a bot had begun when it or its connection was lost, and another began again. */
  readonly begunAgain: number
}

/** How long after a command's deadline the chat says that there was no answer, and we have heard it. */
const NOTICE_MS = 3_000

/** Has users give commands while `act` does its harm; then compares what was acked with what everybody saw. */
export async function underFire(
  options: FieldOptions,
  act: (field: Field) => Promise<void>,
): Promise<FieldReport> {
  const { amqp, users = 4, commandsPerSecond = 100, patience = 29_000, bot = ['bot.ts'] } = options
  const folder = mkdtempSync(join(tmpdir(), 'hubbub-bots-'))
  const unhandled: string[] = []
  const note = (error: unknown): void => {
    unhandled.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
  process.on('unhandledRejection', note).on('uncaughtException', note)
  await using stack = new AsyncDisposableStack()
  stack.defer(() => {
    process.off('unhandledRejection', note).off('uncaughtException', note)
    rmSync(folder, { recursive: true })
  })
  const log = sqliteLog({ path: join(folder, 'chat.db') })
  stack.defer(() => log.close())
  const broker = stack.use(amqpBroker({ urls: amqp, name: 'chat' }))
  const hub = createHub({ log, onError: note })
  stack.defer(() => hub.close({ windowMs: 0, deadlineMs: 1_000 }))
  hub.use(commands({ broker, timeout: patience, onError: note }))
  const { url } = await listen(hub, { port: 0 })
  const [script, ...args] = bot
  const crew = new Crew(script, [amqp, ...args])
  stack.defer(() => crew.close())
  const askers = Array.from({ length: users }, (_, i) => new Asker(url, `user${i + 1}`))
  stack.defer(async () => {
    await Promise.all(askers.map(asker => asker.close()))
  })
  await inTime('joining', 30_000, Promise.all(askers.map(({ ready }) => ready)))
  await inTime('reaching RabbitMQ', 30_000, broker.connected())
  await inTime('starting the bots', 60_000, Promise.all([crew.hire(), crew.hire()]))
  const outages: [number, number][] = []
  const field: Field = {
    broker,
    crew,
    outages,
    async answered(since) {
      const answered = Promise.withResolvers<void>()
      for (const asker of askers)
        asker.onAnswer = ({ at }) => {
          if (at >= since) answered.resolve()
        }
      await answered.promise
    },
  }
  for (const asker of askers) asker.start((1_000 * users) / commandsPerSecond)
  await inTime('the first answer', 30_000, field.answered(0))
  await act(field)
  for (const asker of askers) asker.stop()
  // What has not come by then is counted as unsettled or lost.
  await settle(askers, patience + NOTICE_MS)
  const { waiting } = broker.stats().publishing
  if (waiting > 0) note(`${waiting} messages wait for RabbitMQ when nothing is under way any more`)
  await crew.close()
  for (const { troubles } of askers) unhandled.push(...troubles)
  unhandled.push(...crew.complaints)
  const records: Records = {
    asked: new Map(askers.flatMap(({ asked }) => [...asked])),
    shown: askers.map(({ shown }) => shown),
    outages,
    patience,
  }
  return { ...judge(records), unhandled, begunAgain: crew.begunAgain }
}

/** Resolves when every command was refused, or acked and answered before everybody, or it has taken too long. */
async function settle(askers: readonly Asker[], ms: number): Promise<void> {
  const end = systemClock.monotonic() + ms
  const isSettled = (): boolean =>
    askers.every(({ asked }) =>
      [...asked].every(
        ([id, { outcome }]) =>
          outcome !== undefined && (outcome !== 'acked' || askers.every(({ shown }) => shown.has(id))),
      ),
    )
  while (!isSettled() && systemClock.monotonic() < end) await after(50)
}
