/** Drains a hub full of clients that go on writing, and follows them to another hub. */
import { createHub, memoryLog, type MessageLog, secret, systemClock } from '@hubbub/hub'
import { listen } from '@hubbub/hub/ws'
import { judge, type Verdict } from '../kill/verdict.ts'
import { spreadOf } from './spread.ts'
import type { Crowd } from './crowd.ts'
import { CrowdThread } from './crowd-thread.ts'

/** How hard the drill is. */
export interface DrainOptions {
  readonly clients: number
  /** Over how long the hub spreads the closes. */
  readonly windowMs: number
  /** When the hub closes those that are left. */
  readonly deadlineMs: number
  /** Of all clients together. */
  readonly messagesPerSecond: number
  /** How long the crowd writes before the drain, and after it. @default 1,000 ms */
  readonly aroundMs?: number
  /** How long the crowd waits to be back, and to have everything. @default 60,000 ms */
  readonly patienceMs?: number
  /** Closes are counted in slices of this. @default a fifth of the window */
  readonly sliceMs?: number
  /** What the hub is told instead of the window, to see that the drill notices. */
  readonly brokenWindowMs?: number
  /** Stands before the log of the hub that drains, to see that the drill notices. `stopping` turns true with the drain. */
  readonly brokenLog?: (log: MessageLog, stopping: () => boolean) => MessageLog
}

/** What came of it. */
export interface DrainReport extends Verdict {
  readonly clients: number
  /** Closes with 1012 in each slice since the drain began. */
  readonly slices: readonly number[]
  readonly sliceMs: number
  /** The most of them within any stretch as long as a slice. */
  readonly most: number
  /** How many there may be at most: twice the fair share. */
  readonly bar: number
  /** Codes of connections that ended with another than 1012. */
  readonly otherCloses: readonly number[]
  /** Attempts that the draining hub answered with 503 and `Retry-After`. */
  readonly refused: number
  /** Attempts that were refused in another way. */
  readonly otherRefusals: number
  readonly troubles: readonly string[]
  readonly messages: number
  readonly acks: number
  readonly deliveries: number
  /** How long `hub.close` took. */
  readonly drainMs: number
  /** From the begin of the drain until the last client was back. */
  readonly backMs: number
}

/** How many clients share a thread, at most. */
const PER_THREAD = 500
/** How many write in each thread; the others listen. */
const WRITERS = 25

/** Epoch milliseconds with a fraction: the same for all threads. */
const now = (): number => performance.timeOrigin + performance.now()

const after = (ms: number): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>()
  systemClock.setTimer(resolve, ms)
  return promise
}

/** Everything that the log has, by number. */
async function readLog(log: MessageLog): Promise<string[]> {
  const ids: string[] = []
  for (;;) {
    const { messages } = await log.read('general', { after: ids.length, limit: 1_000 })
    if (messages.length === 0) return ids
    ids.push(...messages.map(({ id }) => id))
  }
}

export async function drainDrill(options: DrainOptions): Promise<DrainReport> {
  const {
    clients,
    windowMs,
    deadlineMs,
    messagesPerSecond,
    sliceMs = windowMs / 5,
    aroundMs = 1_000,
    patienceMs = 60_000,
  } = options
  const log = memoryLog({ clock: systemClock, secret, messagesPerRoom: 1_000_000 })
  let stopping = false
  const first = createHub({ log: options.brokenLog?.(log, () => stopping) ?? log })
  const second = createHub({ log })
  const [from, to] = await Promise.all([listen(first, { port: 0 }), listen(second, { port: 0 })])
  const threads: CrowdThread[] = []
  try {
    const sizes = Array.from({ length: Math.ceil(clients / PER_THREAD) }, (_, i) =>
      Math.min(PER_THREAD, clients - i * PER_THREAD),
    )
    const intervalMs = (1_000 * WRITERS * sizes.length) / messagesPerSecond
    for (const [i, count] of sizes.entries())
      threads.push(
        new CrowdThread({
          first: 1 + i * PER_THREAD,
          count,
          from: from.url,
          to: to.url,
          writers: WRITERS,
          intervalMs,
          patienceMs,
        }),
      )
    const all = <M extends keyof Crowd>(method: M, newest?: number) =>
      Promise.all(threads.map(thread => thread.ask(method, newest)))
    await all('join')
    await all('write')
    await after(aroundMs)
    await all('move')
    stopping = true
    const began = now()
    await first.close({ windowMs: options.brokenWindowMs ?? windowMs, deadlineMs })
    const drainMs = now() - began
    await all('back')
    const backMs = now() - began
    await after(aroundMs)
    const newest = Math.max(...(await all('settle')))
    const records = (await all('records', newest)).flat()
    const acks = new Map(records.flatMap(record => [...record.acks]))
    const closes = records.flatMap(record => record.closes)
    const restarts = closes.filter(({ code }) => code === 1012).map(({ at }) => at - began)
    const refusals = records.flatMap(record => record.refusals)
    const right = refusals.filter(
      ({ status, retryAfter }) => status === 503 && /^\d+$/.test(retryAfter ?? ''),
    )
    const logged = await readLog(log)
    return {
      ...judge({ acks, seen: records.map(({ seen }) => seen), logged }),
      ...spreadOf(restarts, sliceMs),
      clients,
      sliceMs,
      bar: (2 * clients * sliceMs) / windowMs,
      otherCloses: closes.map(({ code }) => code).filter(code => code !== 1012),
      refused: right.length,
      otherRefusals: refusals.length - right.length,
      troubles: records.flatMap(({ troubles }) => troubles),
      messages: logged.length,
      acks: acks.size,
      deliveries: records.reduce((sum, { seen }) => sum + seen.length, 0),
      drainMs,
      backMs,
    }
  } finally {
    await Promise.all(threads.map(thread => thread.end()))
    await Promise.all([first.close({ windowMs: 0 }), second.close({ windowMs: 0 })])
    await log.close()
  }
}

/** What went wrong, in words; empty where nothing did. */
export function faults(report: DrainReport): readonly string[] {
  const { most, bar, slices, clients } = report
  const counts = Object.entries({
    lost: report.lost,
    doubled: report.doubled,
    'out of place': report.misplaced,
    'closed otherwise': report.otherCloses.length,
    'refused otherwise': report.otherRefusals,
  })
  return [
    ...counts.filter(([, count]) => count > 0).map(([what, count]) => `${count} ${what}`),
    ...[...new Set(report.otherCloses)].map(code => `somebody was closed with ${code}`),
    ...(most > bar ? [`${most} closes in ${report.sliceMs} ms, the bar is ${bar}`] : []),
    ...(slices.reduce((sum, count) => sum + count, 0) === clients
      ? []
      : ['not everybody was closed with 1012']),
    ...(report.refused === 0 ? ['nobody was refused while the hub drained'] : []),
    ...report.troubles.slice(0, 5),
  ]
}

/** The report in words. */
export const describeReport = (report: DrainReport): string =>
  `${report.clients} clients, closes per ${report.sliceMs} ms: ${report.slices.join(' ')}, ` +
  `the most in any ${report.sliceMs} ms ${report.most} (bar ${report.bar})\n` +
  `${report.lost} lost, ${report.doubled} doubled, ${report.misplaced} out of place, ${report.otherCloses.length} closed otherwise\n` +
  `${report.refused} refused with 503 and Retry-After, ${report.otherRefusals} refused otherwise\n` +
  `${report.messages} messages, ${report.acks} acks, ${report.deliveries} deliveries, ` +
  `drained after ${report.drainMs.toFixed(0)} ms, all back after ${report.backMs.toFixed(0)} ms`
