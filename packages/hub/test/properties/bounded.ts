import type { Exploration } from '@hubbub/hub/testing'
import { Outbox } from '../../src/outbox.ts'
import { must } from './support/must.ts'
import { type Property, replace } from './support/property.ts'
import { Wire } from './support/wire.ts'
import { Witness } from './support/witness.ts'
import { World } from './support/world.ts'

/** How long a connection may make no progress, and how much later that is seen at the latest. */
const WRITE_MS = 10_000
const SEEN_MS = 2_000

/** Bounded by what the platform holds, by bytes that wait behind that, and by frames that do. */
const SCALES = [
  { bytes: 4_000, frames: 100, text: 400 },
  { bytes: 100_000, frames: 100, text: 15_000 },
  { bytes: 1_000_000, frames: 8, text: 20_000 },
] as const

type Scale = (typeof SCALES)[number]

/** What was found of the outboxes. */
interface Watched {
  readonly faults: string[]
  /** Whether something found no place. */
  full: boolean
  /** When something came to be owed, while nothing was. */
  owedAt: number
}

/** Looks at every outbox whenever something is put into it or taken out; the returned function ends that. */
function watchOutboxes({ bytes, frames }: Scale, watched: Watched, now: () => number): () => void {
  const { faults } = watched
  const look = (outbox: Outbox): void => {
    if (outbox.bytes > bytes || outbox.length > frames)
      faults.push(`${outbox.bytes} bytes and ${outbox.length} frames are owed`)
  }
  const ends = [
    replace(
      Outbox.prototype,
      'push',
      push =>
        function (this: Outbox, outgoing, overflow) {
          const after = this.bytes + JSON.stringify(outgoing.message).length
          const hasPlace = this.length < frames && after <= bytes
          if (this.bytes === 0) watched.owedAt = now()
          const fits = push.call(this, outgoing, overflow)
          look(this)
          if (!fits && hasPlace) faults.push('what had a place was refused')
          watched.full ||= !fits
          return fits
        },
    ),
    replace(
      Outbox.prototype,
      'flush',
      flush =>
        function (this: Outbox) {
          flush.call(this)
          look(this)
        },
    ),
  ]
  return () => {
    for (const end of ends) end()
  }
}

/** Somebody who reads now and then, and keeps what must be answered. */
class Slow extends Wire {
  override stalled = true
  readonly witnesses = new Map<string, Witness>()
  readonly asked: string[] = []
  takenAt = 0
  closedAt = 0
  readonly #now: () => number

  constructor({ hub, clock }: World) {
    super(hub)
    this.#now = () => clock.monotonic()
  }

  ask(message: { readonly id: string; readonly type: string; readonly [field: string]: unknown }): void {
    this.asked.push(message.id)
    this.say(message)
  }

  join(room: string): void {
    this.witnesses.set(room, new Witness(room))
    this.ask({ type: 'join', id: room, room, last: 0 })
  }

  async live(name: string, { integer, pick, step }: Exploration): Promise<void> {
    this.ask({ type: 'hello', id: 'h', name })
    this.join('dropping')
    if (pick([false, true])) this.join('cutting')
    for (let n = integer(1, 8); n > 0; n -= 1) {
      await step(name)
      const act = pick(['take all', 'take some', 'ping', 'publish', 'history'])
      if (act === 'take all') this.take()
      else if (act === 'take some') this.take(Math.ceil(this.bufferedBytes / 3))
      else if (act === 'ping') this.ask({ type: 'ping', id: `${n}` })
      else this.ask({ type: act, id: `${n}`, room: 'dropping', ...(act === 'publish' && { text: 'x' }) })
    }
  }

  override take(bytes?: number): void {
    if (this.bufferedBytes > 0 && this.closed === undefined) this.takenAt = this.#now()
    super.take(bytes)
  }

  override close(code: number, reason: string): void {
    this.closedAt = this.#now()
    super.close(code, reason)
  }
}

/** Posts bursts of texts to both rooms. */
async function post({ hub }: World, { text }: Scale, { integer, pick, step }: Exploration): Promise<void> {
  for (let n = integer(1, 8); n > 0; n -= 1) {
    await step('a bot posts')
    const room = pick(['dropping', 'dropping', 'cutting'])
    for (let burst = integer(1, 6); burst > 0; burst -= 1)
      void hub.post({
        room,
        id: `bot-${n}-${burst}`,
        text: 'x'.repeat(integer(1, text)),
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
    const scale = pick<Scale>(SCALES)
    const watched: Watched = { faults: [], full: false, owedAt: 0 }
    let now = (): number => 0
    const end = watchOutboxes(scale, watched, () => now())
    try {
      const world = new World(exploration, {
        limits: { outboxBytes: scale.bytes, outboxFrames: scale.frames },
        overflow: room => (room === 'dropping' ? 'drop-oldest' : 'disconnect'),
      })
      now = () => world.clock.monotonic()
      const slow = new Slow(world)
      await Promise.all([
        slow.live('ann', exploration),
        post(world, scale, exploration),
        world.pass(integer(1, WRITE_MS)),
        world.pass(integer(1, WRITE_MS)),
      ])
      await idle()
      if (pick([false, true])) {
        await world.clock.advance(WRITE_MS + SEEN_MS)
        const isLate =
          slow.bufferedBytes > 0 && now() - Math.max(slow.takenAt, watched.owedAt) >= WRITE_MS + SEEN_MS
        must(slow.closed !== undefined || !isLate, 'no progress was never noticed')
      }
      while (slow.closed === undefined && slow.bufferedBytes > 0) {
        slow.take()
        await idle()
      }
      must(watched.faults.length === 0, watched.faults.join('; '))
      for (const [room, witness] of slow.witnesses) {
        witness.look(slow)
        const { seq } = await world.log.read(room, { limit: 1 })
        must(
          slow.closed !== undefined || witness.last?.seq === seq,
          `${witness.last?.seq} of ${seq} is the last`,
        )
        must(room === 'dropping' || witness.holes === 0, 'a room that drops nothing has a hole')
        if (witness.holes > 0) sees('skipped')
      }
      if (slow.closed === undefined) {
        sees('read everything')
        for (const id of slow.asked) {
          const answers = slow.frames.filter(
            frame => frame.type !== 'message' && 'id' in frame && frame.id === id,
          )
          must(answers.length === 1, `${id} was answered ${answers.length} times`)
        }
      } else {
        must(slow.closed === 4408, `closed with ${slow.closed}`)
        const waited = slow.closedAt - Math.max(slow.takenAt, watched.owedAt)
        must(watched.full || waited >= WRITE_MS, `closed after ${waited} ms, while there was a place`)
        sees(watched.full ? 'full' : 'no progress')
      }
      await world.close()
    } finally {
      end()
    }
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
