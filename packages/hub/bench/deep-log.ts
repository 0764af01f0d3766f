/**
 * What joining a room costs where its log is deep: a room with 1,000,000 messages beside one with 100, in one
 * SQLite file, through a whole hub. Exits 1 where a join brought other messages than it should.
 *
 * `node --conditions=@hubbub/source bench/deep-log.ts [--json] [--messages 1000000] [--joins 1000] [--file FILE]`;
 * a FILE is kept, and used again.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createHub, type MessageLog } from '@hubbub/hub'
import { sqliteLog } from '@hubbub/hub/sqlite'
import { type Joiner, joiner } from './deep-log-joiner.ts'

const ROUNDS = 3
/** Messages in the shallow room. */
const SHALLOW = 100
/** What a client that was away for a moment has missed. */
const MISSED = 20
/** Messages of one append while the rooms are filled. */
const BATCH = 500
/** The most that a deep room may cost, in times of a shallow one. */
const BAR = 1.3

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    messages: { type: 'string', default: '1000000' },
    joins: { type: 'string', default: '1000' },
    file: { type: 'string' },
  },
})
const deep = Number(values.messages)
const joins = Number(values.joins)
for (const [name, value] of Object.entries({ messages: deep, joins }))
  if (!(Number.isSafeInteger(value) && value >= SHALLOW))
    throw new RangeError(`--${name} must be an integer from ${SHALLOW}, got ${value}`)

const say = (text: string): void => {
  if (!values.json) console.log(text)
}

/** Brings a room to a depth. */
async function fill(log: MessageLog, room: string, depth: number): Promise<void> {
  const [position] = await log.positions([room])
  for (let seq = position?.seq ?? 0; seq < depth; seq += BATCH) {
    const drafts = Array.from({ length: Math.min(BATCH, depth - seq) }, (_, i) => ({
      id: `${seq + i}`.padStart(32, '0'),
      author: { id: `user-${i % 50}`, name: `User ${i % 50}`, kind: 'user' as const },
      text: `${seq + i} `.padEnd(120, 'x'),
    }))
    await log.append(room, drafts)
  }
}

interface Case {
  readonly room: string
  /** What is asked for, beside the room. */
  readonly extra: object
  /** How many messages it has to bring. */
  readonly expected: number
  /** The newest of them. */
  readonly newest: number
}

/** Milliseconds that one join takes, on average over many; the cases in turn, so that one is not luckier. */
async function measure(peer: Joiner, cases: readonly Case[]): Promise<ReadonlyMap<string, number>> {
  const total = new Map<string, number>()
  for (let i = 0; i < joins; i += 1)
    for (const { room, extra, expected, newest } of i % 2 === 0 ? cases : cases.toReversed()) {
      const begin = performance.now()
      const { messages } = await peer.join(room, extra)
      total.set(room, (total.get(room) ?? 0) + (performance.now() - begin) / joins)
      if (messages.length !== expected || messages.at(-1)?.seq !== newest)
        throw new Error(`${room}: a join brought ${messages.length} messages instead of ${expected}`)
    }
  return total
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN

const folder = mkdtempSync(join(tmpdir(), 'hubbub-deep-log-'))
const log = sqliteLog({ path: values.file ?? join(folder, 'chat.db') })
const hub = createHub({ log })
try {
  const rooms = { deep, shallow: SHALLOW }
  say(`filling a room with ${deep} messages`)
  for (const [room, depth] of Object.entries(rooms)) await fill(log, room, depth)
  const peer = await joiner(hub)
  const rounds: {
    readonly join: ReadonlyMap<string, number>
    readonly resume: ReadonlyMap<string, number>
  }[] = []
  const joinCases: Case[] = []
  const resumeCases: Case[] = []
  for (const [room, newest] of Object.entries(rooms)) {
    const { epoch } = await peer.join(room, { last: 0 })
    joinCases.push({ room, newest, extra: {}, expected: 50 })
    resumeCases.push({ room, newest, extra: { after: { epoch, seq: newest - MISSED } }, expected: MISSED })
  }
  // One round more than is counted: the first finds nothing warm.
  for (let round = 0; round <= ROUNDS; round += 1) {
    const result = { join: await measure(peer, joinCases), resume: await measure(peer, resumeCases) }
    if (round > 0) rounds.push(result)
  }
  peer.close()

  const of = (kind: 'join' | 'resume', room: string): number =>
    median(rounds.map(round => round[kind].get(room) ?? Number.NaN))
  const print = (metric: string, value: number): void => {
    const line = { bench: 'fanout', case: 'deep-log', system: 'hub', metric, value: Number(value.toFixed(4)) }
    if (values.json) console.log(JSON.stringify(line))
    else console.log(`${metric.padEnd(32)} ${line.value}`)
  }
  const ratio = of('join', 'deep') / of('join', 'shallow')
  print(`ms_per_join`, of('join', 'deep'))
  print(`ms_per_join_${SHALLOW}`, of('join', 'shallow'))
  print('ratio', ratio)
  print(`ms_per_resume`, of('resume', 'deep'))
  print(`ms_per_resume_${SHALLOW}`, of('resume', 'shallow'))
  print('ratio_resume', of('resume', 'deep') / of('resume', 'shallow'))
  say(`${joins} joins a room and round, median of ${ROUNDS} rounds; the bar for ratio is ${BAR}`)
  if (ratio > BAR) process.exitCode = 1
} finally {
  await hub.close()
  await log.close()
  rmSync(folder, { recursive: true })
}
