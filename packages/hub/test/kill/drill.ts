import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteLog } from '@hubbub/hub/sqlite'
import { after, inTime } from './patience.ts'
import { freePort, ServerProcess } from './server-process.ts'
import { judge, type Verdict } from './verdict.ts'
import { Witness } from './witness.ts'

/** How hard the drill is. */
export interface DrillOptions {
  /** How often the server is killed and started again. */
  readonly cycles: number
  /** @default 50 */
  readonly clients?: number
  /** Of all clients together. @default 200 */
  readonly messagesPerSecond?: number
  /** `memory` forgets with every kill: the drill has to find that. @default 'sqlite' */
  readonly log?: 'sqlite' | 'memory'
  /** How long may pass after the last kill until everybody has everything. @default 30,000 ms */
  readonly deadlineMs?: number
}

/** What came of it. */
export interface DrillReport extends Verdict {
  /** Errors that nobody handled, in the clients' process or the server's, and answers that nobody expects. */
  readonly unhandled: readonly string[]
  readonly cycles: number
  /** Kills of a server that did not listen yet: while it opened, or repaired, its log. */
  readonly whileStarting: number
  readonly messages: number
  readonly acks: number
  readonly deliveries: number
  readonly reconnections: number
}

/** Every fourth life ends within this, which is while the server starts; the others live on as long as below. */
const STARTING_MS = 500
const LIFE_MS = { least: 100, most: 1_600 }

/** Lets a server live for a random while; returns whether it had come to listen. */
async function live(server: ServerProcess, cycle: number): Promise<boolean> {
  if (cycle % 4 === 3)
    return Promise.race([server.ready, after(Math.random() * STARTING_MS).then(() => false)])
  const ready = await inTime('starting the server', 30_000, server.ready)
  await after(LIFE_MS.least + Math.random() * (LIFE_MS.most - LIFE_MS.least))
  return ready
}

/** Everything that the log has, by number. */
async function readLog(path: string): Promise<string[]> {
  const log = sqliteLog({ path })
  const ids: string[] = []
  for (;;) {
    const { messages } = await log.read('general', { after: ids.length, limit: 1_000 })
    if (messages.length === 0) break
    ids.push(...messages.map(({ id }) => id))
  }
  await log.close()
  return ids
}

/** Kills a server under load again and again; then compares what was acknowledged with what everybody saw. */
export async function drill(options: DrillOptions): Promise<DrillReport> {
  const { cycles, clients = 50, messagesPerSecond = 200, log = 'sqlite', deadlineMs = 30_000 } = options
  const folder = mkdtempSync(join(tmpdir(), 'hubbub-kill-'))
  const file = join(folder, 'chat.db')
  const argument = log === 'sqlite' ? file : log
  const port = await freePort()
  const unhandled: string[] = []
  const note = (error: unknown): void => {
    unhandled.push(String(error))
  }
  process.on('unhandledRejection', note).on('uncaughtException', note)
  let server = new ServerProcess(port, argument)
  let whileStarting = 0
  const witnesses = Array.from(
    { length: clients },
    (_, i) => new Witness(`ws://127.0.0.1:${port}`, `user-${i + 1}`),
  )
  const kill = async (): Promise<void> => {
    const complaint = await server.kill()
    if (complaint !== undefined) note(complaint)
  }
  try {
    await inTime('the first join', 30_000, Promise.all(witnesses.map(({ ready }) => ready)))
    for (const witness of witnesses) witness.start((1_000 * clients) / messagesPerSecond)
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      if (!(await live(server, cycle))) whileStarting += 1
      await kill()
      server = new ServerProcess(port, argument)
    }
    await inTime('settling', deadlineMs, Promise.all(witnesses.map(witness => witness.settle())))
    const acks = new Map(witnesses.flatMap(witness => [...witness.acks]))
    const last = Math.max(0, ...acks.values())
    const delivered = Promise.all(witnesses.map(witness => witness.has(last)))
    // What has not come by then is counted as lost.
    await Promise.race([delivered, after(deadlineMs)])
    await kill()
    const logged = await readLog(file)
    for (const { troubles } of witnesses) unhandled.push(...troubles)
    return {
      ...judge({ acks, seen: witnesses.map(({ seen }) => seen), logged }),
      unhandled,
      cycles,
      whileStarting,
      messages: logged.length,
      acks: acks.size,
      deliveries: witnesses.reduce((sum, { seen }) => sum + seen.length, 0),
      reconnections: witnesses.reduce((sum, { connections }) => sum + connections - 1, 0),
    }
  } finally {
    await Promise.all(witnesses.map(witness => witness.close()))
    await server.kill()
    process.off('unhandledRejection', note).off('uncaughtException', note)
    rmSync(folder, { recursive: true })
  }
}

/** Whether nothing went wrong. */
export const passed = ({ lost, doubled, misplaced, unhandled }: DrillReport): boolean =>
  lost + doubled + misplaced + unhandled.length === 0

/** The report in words. */
export const describeReport = (report: DrillReport): string =>
  `${report.lost} lost, ${report.doubled} doubled, ${report.unhandled.length} unhandled, ${report.misplaced} out of place\n` +
  `${report.cycles} kills (${report.whileStarting} of them before the server listened), ${report.messages} messages, ` +
  `${report.acks} acks, ${report.deliveries} deliveries, ${report.reconnections} reconnections`
