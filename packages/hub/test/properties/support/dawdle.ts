import type { Connection } from '@hubbub/hub'
import { type Exploration, faultyTransport } from '@hubbub/hub/testing'
import { Peer } from '../../support/peer.ts'
import type { Stopping } from './stopping.ts'

/** More messages than the platform takes at once. */
const LOUD = 20
/** Steps of the others that may go by before it reads on. */
const WAITS = 30

/** Reads nothing of a loud room. Returns what waits for a while, and then reads on or does not. */
export async function dawdle(hub: Stopping, { scheduler, step, integer, pick, idle }: Exploration) {
  const { world, outside } = hub
  let owed = LOUD
  const accept = (connection: Connection) => {
    const write = connection.write.bind(connection)
    connection.write = frames => {
      owed -= frames.filter(frame => String(frame).includes('"type":"message"')).length
      write(frames)
    }
    world.hub.accept(connection)
  }
  const connect = faultyTransport({ accept }, { scheduler, clock: outside })
  const { peer } = hub.visit(new Peer(world.hub, {}, connect('faulty:')), () => owed)
  await peer.enter('slow', 'loud')
  connect.last.stall()
  const author = { id: 'bot:loud', name: 'loud', kind: 'bot' as const }
  const posts = Array.from({ length: LOUD }, (_, n) => ({
    room: 'loud',
    id: `${n}`,
    text: 'x'.repeat(4_000),
    author,
  }))
  await Promise.all(posts.map(post => world.hub.post(post)))
  await idle()
  return async () => {
    while (world.hub.ready) await step('wait')
    for (let wait = integer(0, WAITS); wait > 0; wait -= 1) await step('wait')
    if (pick([true, true, false])) connect.last.resume()
  }
}
