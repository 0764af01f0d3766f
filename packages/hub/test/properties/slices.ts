import type { Hub } from '@hubbub/hub'
import type { Exploration } from '@hubbub/hub/testing'
import { Broadcast } from '../../src/broadcast.ts'
import { must } from './support/must.ts'
import { type Property, replace } from './support/property.ts'
import { SmallRoom } from './support/small-room.ts'
import { TimedWire } from './support/timed-wire.ts'
import { Wire } from './support/wire.ts'
import { Witness } from './support/witness.ts'
import { World } from './support/world.ts'

/** Connections in the large room: more than one slice gives to, whose time is over at once. */
const CROWD = 66
/** The most that a burst has, and what of two of them a connection that does not read may be owed. */
const BURST = 40
const OUTBOX = 7_000

const enter = (token: string, room: string): readonly object[] => [
  { type: 'hello', id: 'h', token },
  { type: 'join', id: 'j', room, last: 0 },
]

const post = (hub: Hub, room: string, id: string) =>
  hub.post({ room, id, text: 'x', author: { id: 'bot:b', name: 'b', kind: 'bot' } })

async function bursts(hub: Hub, { integer, step }: Exploration): Promise<void> {
  for (let n = integer(1, 2); n > 0; n -= 1) {
    await step('a burst')
    for (let more = integer(1, BURST); more > 0; more -= 1) void post(hub, 'large', `large ${n} ${more}`)
  }
}

/** Somebody comes to the large room while it is given messages, goes, and comes back. */
async function visit(wire: Wire, { step }: Exploration): Promise<void> {
  await step('a visitor comes')
  wire.say(...enter('visitor', 'large'))
  await step('a visitor goes')
  wire.say({ type: 'leave', id: 'l', room: 'large' })
  await step('a visitor comes back')
  wire.say({ type: 'join', id: 'k', room: 'large', last: 0 })
}

export const slices: Property = {
  name: 'slices',
  promise: 'between two slices of a large room pings are answered and small rooms go on',
  cases: ['between slices', 'cut off'],
  play: async (exploration, sees) => {
    const { idle, pick } = exploration
    const world = new World(exploration, {
      limits: { sliceMs: 0, outboxBytes: OUTBOX },
      authenticate: ({ token = '' }) => ({ id: token, name: token }),
    })
    const { hub } = world
    const crowd = Array.from({ length: CROWD }, () => new TimedWire(world).say(...enter('crowd', 'large')))
    const small = new SmallRoom(world)
    const visitor = new Wire(hub)
    await idle()
    for (const wire of crowd) wire.stalled = pick([false, false, false, true])
    await Promise.all([bursts(hub, exploration), small.live(exploration), visit(visitor, exploration)])
    await idle()

    /** How many of the crowd were given a message, by turn. */
    const given = new Map<number, number>()
    const { seq } = await world.log.read('large', { limit: 1 })
    for (const wire of crowd) {
      const turns = new Set([...wire.turns].flatMap(([id, turn]) => (id.startsWith('large') ? [turn] : [])))
      for (const turn of turns) given.set(turn, (given.get(turn) ?? 0) + 1)
      const seqs = wire.frames.flatMap(frame => (frame.type === 'message' ? [frame.seq] : []))
      must(
        seqs.every((each, index) => each === index + 1),
        'one of the crowd was given a message out of order',
      )
      must(wire.closed !== undefined || seqs.length === seq, `of ${seq} messages ${seqs.length} were given`)
      must(wire.stalled || wire.closed === undefined, 'one who reads was cut off')
      if (wire.closed !== undefined) sees('cut off')
    }
    must(Math.max(...given.values()) < CROWD, 'all of the crowd were given something in one turn')
    if (small.judge([...given.keys()])) sees('between slices')
    new Witness('large').look(visitor)
    await world.close()
  },
  twin: {
    does: 'gives to a large room without looking at the time',
    breaks: () =>
      replace(
        Broadcast.prototype,
        'pass',
        pass =>
          function (this: Broadcast) {
            return pass.call(this, { spent: () => false })
          },
      ),
  },
}
