import type { ChatMessage, Delivery } from '@hubbub/hub/client'
import { describe, expect, it } from 'vitest'
import { readSince } from '../../src/commands/tail/since.ts'
import { ann, FakeRoom } from '../support/fake-client.ts'

const never = new AbortController().signal

/** A room that has kept the messages from `first` to `last`. */
function roomOf(first: number, last: number): FakeRoom {
  const room = new FakeRoom('general')
  const at = '2026-01-01T12:31:00.000Z'
  room.pages = Array.from({ length: last - first + 1 }, (_, index): ChatMessage => {
    const seq = first + index
    return { room: 'general', seq, id: `m${seq}`, author: ann, text: 'x', at }
  })
  return room
}

/** What was read: numbers of messages as ranges, and holes as they are. */
function summary(deliveries: readonly Delivery[]): string[] {
  const parts: string[] = []
  let run: [number, number] | undefined
  const flush = (): void => {
    if (run) parts.push(`${run[0]}..${run[1]}`)
    run = undefined
  }
  for (const delivery of deliveries) {
    if (delivery.kind === 'message') {
      const { seq } = delivery.message
      if (run?.[1] === seq - 1) run[1] = seq
      else {
        flush()
        run = [seq, seq]
      }
    } else {
      flush()
      parts.push(
        delivery.kind === 'skipped' ? `skipped ${delivery.from}-${delivery.to}` : `reset ${delivery.seq}`,
      )
    }
  }
  flush()
  return parts
}

describe('the messages since a number', () => {
  it.each([
    { first: 1, last: 5, since: 2, expected: ['3..5'] },
    { first: 1, last: 5, since: 0, expected: ['1..5'] },
    { first: 1, last: 5, since: 5, expected: [] },
    { first: 1, last: 950, since: 13, expected: ['14..950'] },
    { first: 101, last: 600, since: 13, expected: ['skipped 14-100', '101..600'] },
    { first: 1, last: 12_000, since: 13, expected: ['skipped 14-2000', '2001..12000'] },
    { first: 1, last: 5, since: 8, expected: ['reset 0', '1..5'] },
    { first: 4, last: 5, since: 8, expected: ['reset 0', 'skipped 1-3', '4..5'] },
  ])('$since of $first to $last are $expected', async ({ first, last, since, expected }) => {
    const room = roomOf(first, last)
    expect(summary(await readSince(room, since, { epoch: 'e', seq: last }, never))).toEqual(expected)
  })

  it('are none in an empty room', async () => {
    expect(await readSince(new FakeRoom('general'), 0, { epoch: '', seq: 0 }, never)).toEqual([])
  })
})
