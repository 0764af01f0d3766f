import type { Draft } from '@hubbub/hub'
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
    const act = pick(['append', 'append', 'append', 'append', 'import', 'begin anew', 'restore'])
    let appends = act === 'import' ? IMPORTED : 1
    if (act === 'begin anew' || act === 'restore') {
      restarts += 1
      // A backup may well be as long as what it replaces.
      appends = act === 'restore' ? (await log.read('general', { limit: 1 })).seq : 0
      await log.close()
    }
    const drafts = Array.from({ length: appends }, (_, index) => draft(`elsewhere-${n}-${index}`))
    if (appends > 0) await log.append('general', drafts)
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
      must(holes <= restarts, `${holes} holes were named, and the log began anew ${restarts} times`)
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
