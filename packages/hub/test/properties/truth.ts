import type { Draft } from '@hubbub/hub'
import type { Exploration } from '@hubbub/hub/testing'
import { Room } from '../../src/room.ts'
import { live } from './support/life.ts'
import { must } from './support/must.ts'
import { type Property, replace } from './support/property.ts'
import { World } from './support/world.ts'

const ACTS = 5
/** How long it takes at most until the rooms are compared with the log. */
const COMPARED_MS = 5_000

const draft = (id: string): Draft => ({
  id,
  author: { id: 'elsewhere', name: 'elsewhere', kind: 'user' },
  text: 'x',
})

/** Another node whose relays are lost, and an operator who lets the log begin anew; says how often. */
async function behindTheBack({ log }: World, { integer, pick, step }: Exploration): Promise<number> {
  let restarts = 0
  for (let n = integer(1, ACTS); n > 0; n -= 1) {
    await step('another writer')
    const act = pick(['append', 'append', 'append', 'begin anew', 'restore'])
    let appends = 1
    if (act !== 'append') {
      restarts += 1
      // A backup may well be as long as what it replaces.
      appends = act === 'restore' ? (await log.read('general', { limit: 1 })).seq : 0
      await log.close()
    }
    for (; appends > 0; appends -= 1) await log.append('general', [draft(`elsewhere-${n}-${appends}`)])
  }
  return restarts
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
    const people = ['ann', 'bob'].map(name => live(name, world, exploration))
    const [restarts, there] = await Promise.all([
      behindTheBack(world, exploration),
      Promise.all(people),
      time(world, exploration),
    ])
    await exploration.idle()
    if (exploration.pick([true, false])) await world.log.append('general', [draft('the last')])
    const { epoch, seq, messages } = await world.log.read('general', { limit: 100 })
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
      must(holes <= restarts, `${holes} holes were named, and the log began anew ${restarts} times`)
      const missing = holes > 0 ? messages.find(({ id }) => !seen.includes(id)) : undefined
      must(missing === undefined, `${missing?.seq} of the new log was left out`)
    }
    await world.close()
  },
  twin: {
    does: 'never looks at the positions of the log',
    breaks: () => replace(Room.prototype, 'compare', () => () => Promise.resolve()),
  },
}
