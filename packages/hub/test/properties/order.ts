import type { Exploration } from '@hubbub/hub/testing'
import { Broadcast } from '../../src/broadcast.ts'
import type { Peer } from '../support/peer.ts'
import { type Property, replace } from './support/property.ts'
import { Witness } from './support/witness.ts'
import { World } from './support/world.ts'

const ACTS = 5

interface Person {
  readonly peer: Peer
  readonly witness: Witness
}

/** Publishes, leaves and comes back, loses the connection and comes back. */
async function live(name: string, world: World, { integer, pick }: Exploration): Promise<Person> {
  const witness = new Witness()
  let peer = world.peer()
  await peer.enter(name, 'general', { last: 0 })
  for (let n = integer(1, ACTS); n > 0; n -= 1) {
    witness.look(peer)
    switch (pick(['publish', 'publish', 'rejoin', 'reconnect'])) {
      case 'publish':
        peer.send({ type: 'publish', id: `${name}-${n}`, room: 'general', text: 'x' })
        break
      case 'rejoin':
        peer.send({ type: 'leave', id: 'l', room: 'general' })
        await peer.next('left', peer.of('left').length + 1)
        witness.look(peer)
        peer.send({ type: 'join', id: 'j', room: 'general', after: witness.last })
        await peer.next('joined', peer.of('joined').length + 1)
        break
      case 'reconnect':
        peer.close(1000)
        await peer.end()
        witness.look(peer)
        witness.reconnected()
        peer = world.peer()
        await peer.enter(name, 'general', { after: witness.last })
        break
    }
  }
  return { peer, witness }
}

export const order: Property = {
  name: 'order',
  promise: 'every subscriber sees every seq after its join point once and in order',
  play: async exploration => {
    const world = new World(exploration)
    const names = ['ann', 'bob', 'cid'].slice(0, exploration.integer(2, 3))
    const people = await Promise.all(names.map(name => live(name, world, exploration)))
    await exploration.idle()
    const { seq } = await world.log.read('general', { limit: 1 })
    for (const { peer, witness } of people) {
      witness.look(peer)
      if (witness.last?.seq !== seq)
        throw new Error(`the log is at ${seq}, a subscriber at ${witness.last?.seq}`)
      if (witness.holes > 0) throw new Error('a hole was named, although nothing was lost')
    }
    await world.close()
  },
  twin: {
    does: 'gives every other message out a moment late',
    breaks: () =>
      replace(
        Broadcast.prototype,
        'push',
        push =>
          function (this: Broadcast, frame, seq, except) {
            const give = () => push.call(this, frame, seq, except)
            if (seq !== undefined && seq % 2 === 1) void Promise.resolve().then(give)
            else give()
          },
      ),
  },
}
