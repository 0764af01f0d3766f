import type { Exploration } from '@hubbub/hub/testing'
import { Session } from '../../src/session.ts'
import { dawdle } from './support/dawdle.ts'
import { follow } from './support/follow.ts'
import { type Property, replace } from './support/property.ts'
import { Stopping } from './support/stopping.ts'

const ACTS = 5
const WAITS = 30
/** How long a socket waits at most for the other end to close. */
const CLOSE_MS = 2_000

/** Publishes and comes back again and again, as long as the hub lets it, or never says who it is. */
async function live(name: string, hub: Stopping, { pick, integer }: Exploration): Promise<void> {
  let { peer, sent } = hub.visit(hub.world.peer())
  if (pick([false, false, false, true])) return
  const arrived = () => peer.of('joined')[0] ?? peer.closed
  peer.send({ type: 'hello', id: 'h', name }, { type: 'join', id: 'j', room: 'general' })
  await peer.until(arrived)
  for (let act = integer(1, ACTS); act > 0 && !peer.closed; act -= 1) {
    if (pick([false, true])) await hub.wait(integer(1, 500))
    switch (pick(['publish', 'publish', 'rejoin', 'return', 'last word'])) {
      case 'publish':
        sent.push(`${name}-${act}`)
        peer.send({ type: 'publish', id: `${name}-${act}`, room: 'general', text: 'x' })
        break
      case 'last word': {
        await peer.until(() => peer.of('drain')[0] ?? peer.closed)
        await hub.untilJustBefore(peer.of('drain')[0]?.reconnectAfterMs ?? 0)
        const id = `${name}-last-${act}`
        sent.push(id)
        peer.send({ type: 'publish', id, room: 'general', text: 'x' })
        break
      }
      case 'rejoin': {
        const before = peer.of('joined').length
        peer.send({ type: 'join', id: 'j', room: 'general' })
        await peer.until(() => peer.of('joined')[before] ?? peer.closed)
        break
      }
      case 'return':
        peer.close(1000)
        await peer.end()
        ;({ peer, sent } = hub.visit(hub.world.peer()))
        peer.send({ type: 'hello', id: 'h', name }, { type: 'join', id: 'j', room: 'general' })
        await peer.until(arrived)
        break
    }
  }
}

export const drain: Property = {
  name: 'drain',
  promise: 'a hub that stops tells each client its moment, serves it until then, and leaves nothing behind',
  cases: [
    'served',
    'at its moment',
    'when it had its answers',
    'when it had read',
    'at the deadline',
    'turned away',
    'came back',
  ],
  play: async (exploration, sees) => {
    const { integer, pick, step, idle } = exploration
    const hub = new Stopping(exploration, sees)
    const read = pick([true, false, false]) ? await dawdle(hub, exploration) : async () => {}
    const judge = pick([true, false]) ? follow(hub, exploration, sees) : async () => {}
    hub.world.hub.use(async ({ request }, next) => {
      for (let more = request.type === 'publish' ? integer(0, 12) : 0; more > 0; more -= 1)
        await step('think')
      await next()
    })
    const stop = async () => {
      for (let wait = integer(0, WAITS); wait > 0; wait -= 1) await step('wait')
      await hub.stop()
    }
    const names = ['ann', 'bob', 'cid'].slice(0, integer(1, 3))
    const here = new Set(names)
    const people = names.map(name => live(name, hub, exploration).finally(() => here.delete(name)))
    const pass = async () => {
      while (!hub.over || here.size > 0) {
        if (pick([true, false])) {
          await idle()
          hub.look()
        }
        if (!hub.world.hub.ready) await hub.world.pass(pick([250, 1, 500]))
        else await step('wait')
      }
    }
    await Promise.all([...people, read(), stop(), pass()])
    await judge()
    await hub.world.clock.advance(CLOSE_MS)
    await idle()
    hub.judge()
    await hub.world.close()
  },
  twin: {
    does: 'lets a client go at its moment, whatever it is owed',
    breaks: () =>
      replace(
        Session.prototype,
        'leave',
        () =>
          function (this: Session) {
            this.end(1012, 'the server is stopping')
          },
      ),
  },
}
