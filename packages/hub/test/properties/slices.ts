import { Broadcast } from '../../src/broadcast.ts'
import { must } from './support/must.ts'
import { type Property, replace } from './support/property.ts'
import { Wire, type WireFrame } from './support/wire.ts'
import { Witness } from './support/witness.ts'
import { World } from './support/world.ts'

/** Connections in the large room: more than one slice, whose time is over at once, gives to. */
const CROWD = 70
/** The most that a burst has, and what of it a connection that does not read may be owed. */
const BURST = 40
const OUTBOX = 7_000

/** Notes in which turns it was given something of the large room. */
class InCrowd extends Wire {
  readonly #given: () => void

  constructor({ hub }: World, given: () => void) {
    super(hub)
    this.#given = given
    this.say({ type: 'hello', id: 'h', token: 'crowd' }, { type: 'join', id: 'j', room: 'large', last: 0 })
  }

  override write(frames: readonly WireFrame[]): void {
    super.write(frames)
    if (frames.some(({ message }) => message.type === 'message')) this.#given()
  }

  /** The last seq that it was given; throws where one is missing. */
  last(): number {
    let last = 0
    for (const frame of this.frames)
      if (frame.type === 'message') {
        must(frame.seq === last + 1, `${frame.seq} came after ${last}`)
        last = frame.seq
      }
    return last
  }
}

/** Notes in which turn each of its frames came. */
class Timed extends Wire {
  readonly #turn: () => number
  /** By the frame's id. */
  readonly turns = new Map<string, number>()

  constructor({ hub }: World, turn: () => number) {
    super(hub)
    this.#turn = turn
  }

  override write(frames: readonly WireFrame[]): void {
    super.write(frames)
    for (const { message } of frames) if ('id' in message) this.turns.set(message.id ?? '', this.#turn())
  }
}

export const slices: Property = {
  name: 'slices',
  promise: 'between two slices of a large room pings are answered and small rooms go on',
  cases: ['between slices', 'cut off'],
  play: async (exploration, sees) => {
    const { idle, integer, pick, step } = exploration
    const world = new World(exploration, {
      limits: { sliceMs: 0, outboxBytes: OUTBOX },
      authenticate: ({ token = '' }) => ({ id: token, name: token }),
    })
    const { hub } = world
    /** How many connections of the large room were given something, by turn. */
    const slice = new Map<number, number>()
    const given = (): void => {
      slice.set(world.turns, (slice.get(world.turns) ?? 0) + 1)
    }
    const crowd = Array.from({ length: CROWD }, () => new InCrowd(world, given))
    const small = new Timed(world, () => world.turns)
    small.say({ type: 'hello', id: 'h', token: 'dee' }, { type: 'join', id: 'j', room: 'small', last: 0 })
    await idle()
    for (const wire of crowd) wire.stalled = pick([false, false, false, true])

    const post = (room: string, id: string) =>
      hub.post({ room, id, text: 'x', author: { id: 'bot:b', name: 'b', kind: 'bot' } })
    const burst = async (): Promise<void> => {
      for (let n = integer(1, 2); n > 0; n -= 1) {
        await step('a burst')
        for (let more = integer(1, BURST); more > 0; more -= 1) void post('large', `large-${n}-${more}`)
      }
    }
    /** By the id of what was asked for: after which turn, and how many slices may come before it. */
    const due = new Map<string, { after: number; slices: number }>()
    const ask = async (): Promise<void> => {
      for (let n = integer(1, 4); n > 0; n -= 1) {
        await step('a ping')
        due.set(`ping-${n}`, { after: world.turns, slices: 0 })
        small.say({ type: 'ping', id: `ping-${n}` })
      }
    }
    const talk = async (): Promise<void> => {
      for (let n = integer(1, 4); n > 0; n -= 1) {
        await step('a word')
        await post('small', `small-${n}`)
        due.set(`small-${n}`, { after: world.turns, slices: 1 })
      }
    }
    const witness = new Witness('large')
    const eve = new Wire(hub)
    const visit = async (): Promise<void> => {
      await step('eve comes')
      eve.say({ type: 'hello', id: 'h', token: 'eve' }, { type: 'join', id: 'j', room: 'large', last: 0 })
      await step('eve goes')
      eve.say({ type: 'leave', id: 'l', room: 'large' })
      await step('eve comes back')
      witness.look(eve)
      const { last } = witness
      eve.say({ type: 'join', id: 'k', room: 'large', ...(last ? { after: last } : { last: 0 }) })
    }
    await Promise.all([burst(), ask(), talk(), visit()])
    await idle()

    for (const [turn, connections] of slice)
      must(connections < CROWD, `turn ${turn} gave to all ${connections} at once`)
    for (const [id, { after, slices: most }] of due) {
      const turn = small.turns.get(id)
      must(turn !== undefined, `${id} never came`)
      const between = [...slice.keys()].filter(each => each > after && each < turn).length
      must(between <= most, `${id} came after ${between} slices`)
      if (slice.has(turn) && Math.max(...slice.keys()) > turn) sees('between slices')
    }
    const { seq } = await world.log.read('large', { limit: 1 })
    for (const wire of crowd) {
      const last = wire.last()
      if (wire.closed !== undefined) sees('cut off')
      must(wire.stalled || wire.closed === undefined, 'one who reads was cut off')
      must(wire.closed !== undefined || last === seq, `the log is at ${seq}, a subscriber at ${last}`)
    }
    witness.look(eve)
    // Who leaves is given at once what is on its way to all, which may be too much.
    must(eve.closed !== undefined || witness.last?.seq === seq, `of ${seq} eve has ${witness.last?.seq}`)
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
