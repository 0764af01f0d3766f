import type { Exploration } from '@hubbub/hub/testing'
import { Outbox } from '../../src/outbox.ts'
import { Counting } from './support/counting.ts'
import { JsonWatch } from './support/json-watch.ts'
import { must } from './support/must.ts'
import { type Property, replace } from './support/property.ts'
import { TimedWire } from './support/timed-wire.ts'
import { World } from './support/world.ts'

const ROOMS = ['attic', 'cellar'] as const
const ACTS = 6

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

/** Has a bot post several texts at once; returns their ids. */
async function post({ hub }: World, { integer, pick, step }: Exploration): Promise<readonly string[]> {
  const ids: string[] = []
  const author = { id: 'bot:b', name: 'b', kind: 'bot' } as const
  for (let n = integer(1, ACTS); n > 0; n -= 1) {
    await step('a bot posts')
    for (let more = integer(1, 3); more > 0; more -= 1) {
      const id = `${n}-${more}`
      ids.push(id)
      void hub.post({ room: pick(ROOMS), id, text: 'x', author })
    }
  }
  return ids
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
    using json = new JsonWatch()
    const [ids] = await Promise.all([post(world, exploration), ...wires.map(wire => live(wire, exploration))])
    await idle()
    for (const { writes, frames, turns } of wires) {
      for (const [turn, times] of writes) must(times === 1, `${times} writes in turn ${turn}`)
      const given = frames.filter(({ type }) => type === 'message').length
      must(given === ids.length, `${given} of ${ids.length} messages were given`)
      const together = ids.map(id => turns.get(id))
      if (new Set(together).size < together.length) sees('several in one write')
    }
    for (const id of ids) {
      must(json.encoded.get(id) === 1, `${id} was made JSON ${json.encoded.get(id)} times`)
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
