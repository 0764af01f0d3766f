import { Identities } from '../../src/identities.ts'
import type { Peer } from '../support/peer.ts'
import { fumble } from './support/fumble.ts'
import { authenticate, GRACE_MS, hello, type Scene, WELCOME_MS } from './support/greeting.ts'
import { must } from './support/must.ts'
import { type Property, replace } from './support/property.ts'
import { World } from './support/world.ts'

const ACTS = 4

/** Somebody whose session goes from connection to connection, and who knows when it must be given back. */
async function live(name: string, scene: Scene): Promise<Peer | undefined> {
  const { world, sees, sessions } = scene
  const { pick, integer, step, idle } = scene.exploration
  const now = () => world.clock.monotonic()
  /** What has the session; undefined while it is away. */
  let here: Peer | undefined
  /** When it lost its connection, at the earliest and at the latest; `over` where that was its end. */
  let away = { from: 0, to: 0, over: true }
  for (let act = integer(1, ACTS); act > 0; act -= 1) {
    const before = here
    const session = sessions.get(name) ?? pick([undefined, 'unknown'])
    const end = before ? pick(['none', 'cut', 'goodbye']) : 'none'
    // An end that nobody waits for may meet the hello on its way.
    const crosses = end !== 'none' && pick([false, true])
    if (before && end !== 'none') {
      here = undefined
      away = { from: now(), to: Infinity, over: false }
      const leave = async (): Promise<void> => {
        for (let wait = crosses ? integer(0, 8) : 0; wait > 0; wait -= 1) await step('wait')
        before.close(end === 'cut' ? 1006 : 1000)
      }
      const left = leave()
      if (!crosses) {
        await left
        await before.end()
        away = { ...away, to: now(), over: end === 'goodbye' }
      }
    }
    if (pick([false, true])) await world.pass(pick([GRACE_MS + 1, GRACE_MS - 1, WELCOME_MS]))
    const least = now() - away.to
    const hellos = await Promise.all(Array.from({ length: integer(1, 2) }, () => hello(scene, name, session)))
    const most = now() - away.from
    await idle()
    const resumed = hellos.filter(({ welcome }) => welcome?.resumed)
    const fresh = hellos.filter(({ welcome }) => welcome?.resumed === false)
    const open = resumed.filter(({ peer }) => !peer.closed)

    const gone = !here && (away.over || least > GRACE_MS)
    const kept = here !== undefined || (!away.over && end !== 'goodbye' && most < GRACE_MS)
    must(!gone || resumed.length === 0, 'a session that was gone was resumed')
    must(!kept || fresh.length === 0, 'a session that was kept was not resumed')
    must(open.length === Math.min(1, resumed.length), `${open.length} connections have the session`)
    for (const { peer } of hellos)
      if (peer.closed?.code === 4409) must(open.length === 1, 'a connection was replaced by none')
      else
        must(!peer.closed || peer.closed.code === 4401, `a connection was closed with ${peer.closed?.code}`)
    if (here && open.length > 0) must(here.closed?.code === 4409, 'the older connection was not replaced')

    if (here && open.length > 0) sees('replaced')
    if (resumed.length > 0 && end === 'cut') sees('resumed')
    if (resumed.length > 0 && end === 'goodbye') sees('goodbye too late')
    if (resumed.length === 2) sees('two at once')
    if (gone && fresh.length > 0 && sessions.has(name)) sees(away.over ? 'over' : 'expired')

    const [current, ...rest] = [...open, ...fresh]
    for (const { peer } of rest) peer.close(1000)
    await Promise.all(rest.map(({ peer }) => peer.end()))
    if (current?.welcome) {
      here = current.peer
      sessions.set(name, current.welcome.session)
    } else away = { ...away, to: Math.min(away.to, now()), over: away.over || end === 'goodbye' }
  }
  return here
}

export const sessions: Property = {
  name: 'sessions',
  promise: 'a session outlives its connections by its grace, has one at a time, and is nobody else’s',
  cases: [
    'resumed',
    'replaced',
    'expired',
    'over',
    'goodbye too late',
    'two at once',
    'beaten',
    'late welcome',
    'theft',
    'refused, then welcomed',
  ],
  play: async (exploration, sees) => {
    const world = new World(exploration, {
      authenticate: authenticate(exploration),
      limits: { sessionGraceMs: GRACE_MS, welcomeMs: WELCOME_MS, heartbeatMs: 1_000_000 },
    })
    const scene = { world, exploration, sees, sessions: new Map<string, string>() }
    const [ann, bob] = await Promise.all([live('ann', scene), live('bob', scene), fumble(scene)])
    await exploration.idle()
    const open = [ann, bob].filter(peer => peer !== undefined)
    must(world.hub.stats().sessions === open.length, 'a connection is open that nobody has')
    for (const peer of open) peer.close(1006)
    await exploration.idle()
    await world.clock.advance(GRACE_MS)
    must(world.hub.stats().identities === 0, 'a session outlived its grace')
    await world.close()
  },
  twin: {
    does: 'lets the end of a replaced connection begin the grace of its session',
    breaks: () =>
      replace(
        Identities.prototype,
        'detach',
        detach =>
          function (this: Identities, identity, holder) {
            detach.call(this, identity, this.find(identity.session)?.holder ?? holder)
          },
      ),
  },
}
