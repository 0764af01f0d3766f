/**
 * Joins a room with many logged messages and one with few, in one SQLite file, through a whole hub without a
 * network: `node deep-log-process.ts <file> <messages> <joins>`. Fills the file where it is not filled yet, and
 * sends the parent what a join took. Ends with an error where a join brought other messages than it should.
 */
import { createHub, type MessageLog } from '@hubbub/hub'
import { sqliteLog } from '@hubbub/hub/sqlite'
import { type Joiner, joiner } from './deep-log-joiner.ts'

/** Milliseconds, on average. */
export interface DeepLogResult {
  readonly join: number
  readonly joinShallow: number
  readonly resume: number
  readonly resumeShallow: number
}

/** Messages in the shallow room. */
const SHALLOW = 100
/** What a client that was away for a moment has missed. */
const MISSED = 20
/** Messages of one append while the rooms are filled. */
const BATCH = 500

const [, , file = '', messages, joins] = process.argv
const rooms = { deep: Number(messages), shallow: SHALLOW }

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

interface Ask {
  readonly room: string
  /** What is asked for, beside the room. */
  readonly extra: object
  /** How many messages it has to bring. */
  readonly expected: number
  /** The newest of them. */
  readonly newest: number
}

/** What one join takes, on average over many; the rooms in turn, so that one is not luckier. */
async function measure(peer: Joiner, asks: readonly Ask[], times: number): Promise<Map<string, number>> {
  const total = new Map<string, number>()
  for (let i = 0; i < times; i += 1)
    for (const { room, extra, expected, newest } of i % 2 === 0 ? asks : asks.toReversed()) {
      const begin = performance.now()
      const { messages: brought } = await peer.join(room, extra)
      total.set(room, (total.get(room) ?? 0) + (performance.now() - begin) / times)
      if (brought.length !== expected || brought.at(-1)?.seq !== newest)
        throw new Error(`${room}: a join brought ${brought.length} messages instead of ${expected}`)
    }
  return total
}

const log = sqliteLog({ path: file })
const hub = createHub({ log })
for (const [room, depth] of Object.entries(rooms)) await fill(log, room, depth)
const peer = await joiner(hub)
const join: Ask[] = []
const resume: Ask[] = []
for (const [room, newest] of Object.entries(rooms)) {
  const { epoch } = await peer.join(room, { last: 0 })
  join.push({ room, newest, extra: {}, expected: 50 })
  resume.push({ room, newest, extra: { after: { epoch, seq: newest - MISSED } }, expected: MISSED })
}
// What is measured first would find nothing warm.
for (const asks of [join, resume]) await measure(peer, asks, Number(joins) / 10)
const joined = await measure(peer, join, Number(joins))
const resumed = await measure(peer, resume, Number(joins))
peer.close()
await hub.close()
await log.close()
const result: DeepLogResult = {
  join: joined.get('deep') ?? Number.NaN,
  joinShallow: joined.get('shallow') ?? Number.NaN,
  resume: resumed.get('deep') ?? Number.NaN,
  resumeShallow: resumed.get('shallow') ?? Number.NaN,
}
process.send?.(result)
process.disconnect()
