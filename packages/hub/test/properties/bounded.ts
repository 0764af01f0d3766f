import type { Exploration } from '@hubbub/hub/testing'
import { Outbox } from '../../src/outbox.ts'
import { must } from './support/must.ts'
import { OutboxWatch } from './support/outbox-watch.ts'
import { type Property, replace } from './support/property.ts'
import { SlowReader } from './support/slow-reader.ts'
import { World } from './support/world.ts'

/** How long a connection may make no progress, and how much later that is seen at the latest. */
const WRITE_MS = 10_000
const SEEN_MS = 2_000

/** A character that takes six bytes of JSON. */
const LONG = '\u0001'

/** Bounded by what the platform holds, by bytes that wait behind that, and by frames that do. */
const SCALES = [
  { outboxBytes: 4_000, outboxFrames: 100, characters: 60 },
  { outboxBytes: 100_000, outboxFrames: 100, characters: 2_500 },
  { outboxBytes: 1_000_000, outboxFrames: 8, characters: 3_500 },
] as const

/** Posts bursts of texts to both rooms. */
async function post({ hub }: World, characters: number, { integer, pick, step }: Exploration): Promise<void> {
  for (let n = integer(1, 8); n > 0; n -= 1) {
    await step('a bot posts')
    const room = pick(['dropping', 'dropping', 'cutting'])
    for (let burst = integer(1, 6); burst > 0; burst -= 1)
      void hub.post({
        room,
        id: `bot-${n}-${burst}`,
        text: LONG.repeat(integer(1, characters)),
        author: { id: 'bot:b', name: 'b', kind: 'bot' },
      })
  }
}

export const bounded: Property = {
  name: 'bounded',
  promise: 'what a slow peer is owed is bounded at every instant, and what does not fit is named or ends it',
  cases: ['skipped', 'full', 'no progress', 'read everything'],
  play: async (exploration, sees) => {
    const { pick, idle, integer } = exploration
    const { characters, ...limits } = pick<(typeof SCALES)[number]>(SCALES)
    const world = new World(exploration, {
      limits,
      overflow: room => (room === 'dropping' ? 'drop-oldest' : 'disconnect'),
    })
    using watch = new OutboxWatch(limits, world.clock)
    const reader = new SlowReader(world)
    /** For how long it has been owed something and has taken nothing. */
    const waited = (until: number): number => until - Math.max(reader.takenAt, watch.owedAt)
    await Promise.all([
      reader.live(exploration),
      post(world, characters, exploration),
      world.pass(integer(1, WRITE_MS)),
      world.pass(integer(1, WRITE_MS)),
    ])
    await idle()
    if (pick([false, true])) {
      await world.clock.advance(WRITE_MS + SEEN_MS)
      const ms = reader.bufferedBytes > 0 ? waited(world.clock.monotonic()) : 0
      must(reader.closed !== undefined || ms < WRITE_MS + SEEN_MS, `no progress for ${ms} ms was not noticed`)
    }
    while (reader.closed === undefined && reader.bufferedBytes > 0) {
      reader.take()
      await idle()
    }
    watch.judge()
    await reader.judge()
    if (reader.skipped) sees('skipped')
    if (reader.closed === undefined) sees('read everything')
    else {
      must(reader.closed === 4408, `closed with ${reader.closed}`)
      const ms = waited(reader.closedAt)
      must(watch.full || ms >= WRITE_MS, `closed after ${ms} ms, while there was a place`)
      sees(watch.full ? 'full' : 'no progress')
    }
    await world.close()
  },
  twin: {
    does: 'drops what does not fit without a word',
    breaks: () =>
      replace(
        Outbox.prototype,
        'push',
        push =>
          function (this: Outbox, outgoing, overflow) {
            push.call(this, outgoing, overflow)
            return true
          },
      ),
  },
}
