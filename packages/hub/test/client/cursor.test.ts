import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Cursor } from '../../src/client/cursor.ts'
import type { Delivery } from '../../src/client/types.ts'
import { chat } from './support/fake-server.ts'
import { firstViolation } from './support/reader.ts'

const position = fc.record({ epoch: fc.constantFrom('e1', 'e2'), seq: fc.nat({ max: 12 }) })
const range = fc.tuple(fc.nat({ max: 12 }), fc.nat({ max: 12 }))

/** Any frame at all: a cursor trusts nobody. */
const frame = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 12 }).map(seq => ({ kind: 'message' as const, seq })) },
  position.map(at => ({ kind: 'reset' as const, ...at })),
  range.map(([from, to]) => ({ kind: 'skipped' as const, from, to })),
  fc
    .record({ at: position, seqs: fc.uniqueArray(fc.integer({ min: 1, max: 12 })) })
    .map(({ at, seqs }) => ({ kind: 'joined' as const, at, seqs: seqs.toSorted((a, b) => a - b) })),
)

function feed(
  cursor: Cursor,
  each: typeof frame extends fc.Arbitrary<infer T> ? T : never,
): readonly Delivery[] {
  const room = 'general'
  const outcome =
    each.kind === 'message'
      ? cursor.message(chat(each.seq))
      : each.kind === 'reset'
        ? cursor.reset({ type: 'reset', room, epoch: each.epoch, seq: each.seq, reason: 'r' })
        : each.kind === 'skipped'
          ? cursor.skipped({ type: 'skipped', room, from: each.from, to: each.to })
          : cursor.joined({
              type: 'joined',
              id: 'j',
              room,
              epoch: each.at.epoch,
              seq: Math.max(each.at.seq, each.seqs.at(-1) ?? 0),
              messages: each.seqs.map(seq => chat(seq)),
              members: [],
              count: 0,
              version: 0,
              recovered: false,
            })
  return outcome === 'gap' ? [] : outcome
}

describe('a cursor', () => {
  it('delivers each message once and in order, or names the hole first, whatever a server sends', () => {
    fc.assert(
      fc.property(
        fc.option(position, { nil: undefined }),
        fc.array(frame, { maxLength: 30 }),
        (after, frames) => {
          const cursor = new Cursor(after)
          const deliveries = frames.flatMap(each => feed(cursor, each))
          expect(firstViolation(deliveries, after)).toBeUndefined()
        },
      ),
      { numRuns: 2_000 },
    )
  })
})
