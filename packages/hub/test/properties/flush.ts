import type { Transport } from '@hubbub/hub'
import type { Exploration } from '@hubbub/hub/testing'
import { Outbox } from '../../src/outbox.ts'
import { must } from './support/must.ts'
import { type Property, replace } from './support/property.ts'
import { TimedWire } from './support/timed-wire.ts'
import { type WireFrame, wireTransport } from './support/wire.ts'
import { World } from './support/world.ts'

const ROOMS = ['attic', 'cellar'] as const
const ACTS = 6

/** Counts how often each message is framed. */
class Counting implements Transport<WireFrame> {
  readonly name: string
  readonly framed = new Map<string, number>()

  constructor(name: string) {
    this.name = name
  }

  size({ size }: WireFrame): number {
    return size
  }

  encode(text: string): WireFrame {
    const frame = wireTransport.encode(text)
    const { message } = frame
    if (message.type === 'message') this.framed.set(message.id, (this.framed.get(message.id) ?? 0) + 1)
    return frame
  }
}

/** A peer in both rooms, who pings twice at once, and stops reading now and then. */
async function live(wire: TimedWire, { integer, pick, step }: Exploration): Promise<void> {
  for (let n = integer(1, ACTS); n > 0; n -= 1) {
    await step('a peer acts')
    const act = pick(['ping', 'take', 'stall', 'read on'])
    if (act === 'ping') wire.say({ type: 'ping', id: `${n}` }, { type: 'ping', id: `${n} again` })
    else if (act === 'take') wire.take()
    else wire.stalled = act === 'stall'
  }
}

/** Has a bot post texts whose author counts how often it is made JSON. */
class Poster {
  readonly encoded = new Map<string, number>()
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  async live({ integer, pick, step }: Exploration): Promise<void> {
    for (let n = integer(1, ACTS); n > 0; n -= 1) {
      await step('a bot posts')
      for (let more = integer(1, 3); more > 0; more -= 1) this.#post(`${n}-${more}`, pick(ROOMS))
    }
  }

  #post(id: string, room: string): void {
    const { encoded } = this
    encoded.set(id, 0)
    const plain = { id: 'bot:b', name: 'b', kind: 'bot' as const }
    const author = {
      ...plain,
      toJSON: () => {
        encoded.set(id, (encoded.get(id) ?? 0) + 1)
        return plain
      },
    }
    void this.#world.hub.post({ room, id, text: 'x', author })
  }
}

export const flush: Property = {
  name: 'flush',
  promise:
    'a message is encoded once, framed once per transport, and leaves with all else of its turn in one write',
  cases: ['several in one write'],
  play: async (exploration, sees) => {
    const { idle } = exploration
    const world = new World(exploration)
    const transports = [new Counting('this'), new Counting('that')]
    const wires = transports.flatMap(each => [new TimedWire(world, each), new TimedWire(world, each)])
    for (const [index, wire] of wires.entries())
      wire.say(
        { type: 'hello', id: 'h', name: `peer-${index}` },
        ...ROOMS.map(room => ({ type: 'join', id: room, room, last: 0 })),
      )
    await idle()
    const poster = new Poster(world)
    await Promise.all([...wires.map(wire => live(wire, exploration)), poster.live(exploration)])
    await idle()
    for (const { writes, frames, turns } of wires) {
      for (const [turn, times] of writes) must(times === 1, `${times} writes in turn ${turn}`)
      const given = frames.filter(({ type }) => type === 'message').length
      must(given === poster.encoded.size, `${given} of ${poster.encoded.size} messages were given`)
      const together = [...poster.encoded.keys()].map(id => turns.get(id))
      if (new Set(together).size < together.length) sees('several in one write')
    }
    for (const [id, times] of poster.encoded) {
      must(times === 1, `${id} was made JSON ${times} times`)
      for (const { name, framed } of transports)
        must(framed.get(id) === 1, `${id} was framed ${framed.get(id)} times for ${name}`)
    }
    await world.close()
  },
  twin: {
    does: 'writes each frame by itself',
    breaks: () =>
      replace(
        Outbox.prototype,
        'push',
        push =>
          function (this: Outbox, outgoing, overflow) {
            const fits = push.call(this, outgoing, overflow)
            this.flush()
            return fits
          },
      ),
  },
}
