import type { Connection } from '@hubbub/hub'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Outbox } from '../src/outbox.ts'
import { Outgoing } from '../src/outgoing.ts'
import type { ServerMessage } from '../src/protocol/messages.ts'

const transport = { name: 'test', encode: (text: string) => text, size: (frame: string) => frame.length }

/** A connection that takes what the test lets it take. */
class Slow implements Connection<string> {
  readonly transport = transport
  readonly peer = {}
  readonly receivedBytes = 0
  readonly written: ServerMessage[] = []
  bufferedBytes = 0
  onMessage: Connection['onMessage']
  onDrain: Connection['onDrain']
  onClose: Connection['onClose']

  write(frames: readonly string[]): void {
    for (const frame of frames) {
      this.bufferedBytes += frame.length
      this.written.push(JSON.parse(frame) as ServerMessage)
    }
  }

  close(): void {}
}

const message = (room: string, seq: number, size: number) =>
  new Outgoing({
    type: 'message',
    room,
    seq,
    id: `${seq}`,
    author: { id: 'u', name: 'u', kind: 'user' },
    text: 'x'.repeat(size),
    at: '2026-01-01T00:00:00.000Z',
  })

type Step =
  | { readonly kind: 'message'; readonly room: 'a' | 'b'; readonly size: number }
  | { readonly kind: 'answer' }
  | { readonly kind: 'flush' }
  | { readonly kind: 'take'; readonly part: number }

const step = fc.oneof<fc.Arbitrary<Step>[]>(
  fc.record({
    kind: fc.constant('message'),
    room: fc.constantFrom('a', 'b'),
    size: fc.integer({ min: 1, max: 900 }),
  }),
  fc.record({ kind: fc.constant('answer') }),
  fc.record({ kind: fc.constant('flush') }),
  fc.record({ kind: fc.constant('take'), part: fc.double({ min: 0, max: 1, noNaN: true }) }),
)

/** What a client can hold against the frames of a room: the first thing that is neither next nor announced. */
function firstHole(frames: readonly ServerMessage[], room: string): string | undefined {
  let last = 0
  for (const frame of frames) {
    if (frame.type === 'message' && frame.room === room) {
      if (frame.seq !== last + 1) return `${frame.seq} after ${last}`
      last = frame.seq
    } else if (frame.type === 'skipped' && frame.room === room) {
      if (frame.from !== last + 1 || frame.to < frame.from)
        return `skipped ${frame.from}–${frame.to} after ${last}`
      last = frame.to
    }
  }
  return undefined
}

function play(steps: readonly Step[], broken: boolean): void {
  const connection = new Slow()
  const limits = { outboxBytes: 4_000, outboxFrames: 12 }
  const outbox = new Outbox(connection, limits)
  const seqs = { a: 0, b: 0 }
  for (const each of steps) {
    if (each.kind === 'message') {
      const outgoing = message(each.room, (seqs[each.room] += 1), each.size)
      // The careless twin drops what does not fit and says nothing.
      if (broken) outbox.push(outgoing)
      else if (!outbox.push(outgoing, each.room === 'a' ? 'drop-oldest' : 'disconnect')) break
    } else if (each.kind === 'answer') {
      if (!outbox.push(new Outgoing({ type: 'pong', id: 'p' }))) break
    } else if (each.kind === 'flush') outbox.flush()
    else connection.bufferedBytes = Math.floor(connection.bufferedBytes * each.part)
    expect(outbox.bytes).toBeLessThanOrEqual(limits.outboxBytes)
    expect(outbox.length).toBeLessThanOrEqual(limits.outboxFrames)
  }
  // Whatever ended it, what the peer was given has no hole.
  connection.bufferedBytes = 0
  outbox.flush()
  expect(outbox.length).toBe(0)
  expect(outbox.bytes).toBe(connection.bufferedBytes)
  expect(firstHole(connection.written, 'a')).toBeUndefined()
  expect(firstHole(connection.written, 'b')).toBeUndefined()
}

const property = (broken = false) =>
  fc.property(fc.array(step, { maxLength: 60, size: 'max' }), steps => {
    play(steps, broken)
  })

it('stays within its bounds at every instant, and every message is given or named as skipped, in order', () => {
  fc.assert(property(), { numRuns: Number(process.env['RUNS'] ?? 1_000) })
})

it('catches an outbox that drops in silence', () => {
  expect(fc.check(property(true), { numRuns: 1_000 }).failed).toBe(true)
})

it('drops messages of the room that does not fit, and of no other', () => {
  const connection = new Slow()
  const outbox = new Outbox(connection, { outboxBytes: 100_000, outboxFrames: 4 })
  for (const outgoing of [message('a', 1, 1), message('b', 1, 1), message('a', 2, 1), message('b', 2, 1)])
    outbox.push(outgoing)
  expect(outbox.push(message('a', 3, 1), 'drop-oldest')).toBe(true)
  outbox.flush()
  expect(connection.written).toMatchObject([
    { type: 'skipped', room: 'a', from: 1, to: 2 },
    { type: 'message', room: 'b', seq: 1 },
    { type: 'message', room: 'b', seq: 2 },
    { type: 'message', room: 'a', seq: 3 },
  ])
})

// A `typing` that did not fit pushed messages out, oldest first, and what it had made room for it then took.
// A word that nobody needs must not cost a message that somebody does.
it('drops no message for the word that somebody writes', () => {
  const connection = new Slow()
  const outbox = new Outbox(connection, { outboxBytes: 100_000, outboxFrames: 2 })
  for (const seq of [1, 2]) outbox.push(message('a', seq, 1), 'drop-oldest')
  const typing = new Outgoing({ type: 'typing', room: 'a', user: { id: 'u', name: 'u' } })
  expect(outbox.push(typing, 'drop-oldest')).toBe(true)
  outbox.flush()
  expect(connection.written).toMatchObject([
    { type: 'message', seq: 1 },
    { type: 'message', seq: 2 },
  ])
})

it('never drops an answer', () => {
  const connection = new Slow()
  const outbox = new Outbox(connection, { outboxBytes: 100_000, outboxFrames: 2 })
  const pong = new Outgoing({ type: 'pong', id: 'p' })
  expect([outbox.push(pong), outbox.push(pong), outbox.push(pong)]).toEqual([true, true, false])
  expect(outbox.push(message('a', 1, 1), 'drop-oldest')).toBe(false)
})

it('writes while the platform holds less than 64 KiB, so that the rest stays droppable', () => {
  const connection = new Slow()
  const outbox = new Outbox(connection, { outboxBytes: 1_000_000, outboxFrames: 1_000 })
  for (let seq = 1; seq <= 100; seq += 1) outbox.push(message('a', seq, 4_000))
  outbox.flush()
  expect(connection.bufferedBytes).toBeLessThan(64 * 1024 + 4_200)
  expect(outbox.length).toBeGreaterThan(80)
})

// Only one window was written: a platform that has taken it at once says nothing more, and the rest lay there until
// somebody else said something.
it('writes one window after another while the platform takes them at once', () => {
  const connection = new Slow()
  Object.defineProperty(connection, 'bufferedBytes', { get: () => 0, set: () => {} })
  const outbox = new Outbox(connection, { outboxBytes: 1_000_000, outboxFrames: 1_000 })
  for (let seq = 1; seq <= 100; seq += 1) outbox.push(message('a', seq, 4_000))
  outbox.flush()
  expect(outbox.length).toBe(0)
  expect(connection.written).toHaveLength(100)
})
