import type { Draft, MessageLog } from '@hubbub/hub'
import type { Exploration } from '@hubbub/hub/testing'
import { Room } from '../../src/room.ts'
import { live } from './support/life.ts'
import { must } from './support/must.ts'
import { type Property, replace } from './support/property.ts'
import { World } from './support/world.ts'

/** So few that nothing is trimmed, and nobody is too far behind to resume. */
const ACTS = 4
/** More than one read gives back when a hole is filled. */
const IMPORTED = 210
/** How long it takes at most until the rooms are compared with the log. */
const COMPARED_MS = 5_000

/** Another node whose relays are lost, and an operator who lets the log begin anew. */
class Elsewhere {
  /** How often the log began anew. */
  restarts = 0
  readonly #log: MessageLog
  #drafts = 0

  constructor({ log }: World) {
    this.#log = log
  }

  async live({ integer, pick, step }: Exploration): Promise<void> {
    for (let n = integer(1, ACTS); n > 0; n -= 1) {
      await step('another writer')
      await this.act(pick(['append', 'append', 'append', 'append', 'import', 'begin anew', 'restore']))
    }
  }

  async act(what: 'append' | 'import' | 'begin anew' | 'restore'): Promise<void> {
    // A backup may well be as long as what it replaces.
    const before = what === 'restore' ? await this.#log.read('general', { limit: 1 }) : undefined
    if (what === 'restore' || what === 'begin anew') {
      this.restarts += 1
      await this.#log.close()
    }
    const length = before?.seq ?? { append: 1, import: IMPORTED, 'begin anew': 0, restore: 0 }[what]
    if (length > 0)
      await this.#log.append(
        'general',
        Array.from({ length }, () => this.#draft()),
      )
  }

  #draft(): Draft {
    this.#drafts += 1
    return {
      id: `elsewhere-${this.#drafts}`,
      author: { id: 'elsewhere', name: 'elsewhere', kind: 'user' },
      text: 'x',
    }
  }
}

async function time(world: World, { integer }: Exploration): Promise<void> {
  for (let n = integer(0, 2); n > 0; n -= 1) await world.pass(integer(1, COMPARED_MS))
}

export const truth: Property = {
  name: 'truth',
  promise:
    'what only the log was told reaches every subscriber in order, and a log that began anew is a reset',
  cases: ['reset', 'compared'],
  play: async (exploration, sees) => {
    const world = new World(exploration)
    const elsewhere = new Elsewhere(world)
    const [there] = await Promise.all([
      Promise.all(['ann', 'bob'].map(name => live(name, world, exploration))),
      elsewhere.live(exploration),
      time(world, exploration),
    ])
    await exploration.idle()
    await elsewhere.act(exploration.pick(['append', 'restore', 'append', 'restore', 'import']))
    const { epoch, seq } = await world.log.read('general', { limit: 1 })
    for (const { peer, witness } of there) {
      witness.look(peer)
      if (witness.last?.seq !== seq || witness.last.epoch !== epoch) sees('compared')
    }
    await world.pass(COMPARED_MS)
    await exploration.idle()
    for (const { peer, witness } of there) {
      witness.look(peer)
      if (peer.of('reset').length > 0) sees('reset')
      const { last, holes, seen } = witness
      must(last?.seq === seq && last.epoch === epoch, `the log is at ${seq}, a subscriber at ${last?.seq}`)
      must(holes <= elsewhere.restarts, `${holes} holes, and the log began anew ${elsewhere.restarts} times`)
      must(new Set(seen).size === seen.length, 'a message was shown in two epochs')
      must(
        peer.of('reset').every(reset => reset.seq === 0),
        'a reset leaves out what the new log has',
      )
    }
    await world.close()
  },
  twin: {
    does: 'never looks at the positions of the log',
    breaks: () => replace(Room.prototype, 'compare', () => () => Promise.resolve()),
  },
}
