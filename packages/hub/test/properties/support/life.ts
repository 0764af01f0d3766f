import type { Exploration } from '@hubbub/hub/testing'
import type { Peer } from '../../support/peer.ts'
import { Witness } from './witness.ts'
import type { World } from './world.ts'

const ACTS = 5

interface Person {
  readonly peer: Peer
  readonly witness: Witness
}

/** Publishes, has a bot post, leaves and comes back, loses the connection and comes back. */
export async function live(name: string, world: World, { integer, pick }: Exploration): Promise<Person> {
  const witness = new Witness()
  let peer = world.peer()
  await peer.enter(name, 'general', { last: 0 })
  for (let n = integer(1, ACTS); n > 0; n -= 1) {
    witness.look(peer)
    switch (pick(['publish', 'publish', 'post', 'rejoin', 'reconnect'])) {
      case 'publish':
        peer.send({ type: 'publish', id: `${name}-${n}`, room: 'general', text: 'x' })
        break
      case 'post':
        void world.hub.post({
          room: 'general',
          id: `${name}-${n}`,
          text: 'x',
          author: { id: 'bot:b', name: 'b', kind: 'bot' },
        })
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
