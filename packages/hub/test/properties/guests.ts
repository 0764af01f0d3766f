import type { Exploration } from '@hubbub/hub/testing'
import { Identities } from '../../src/identities.ts'
import type { Peer } from '../support/peer.ts'
import { must } from './support/must.ts'
import { type Property, replace } from './support/property.ts'
import { type Claim, Registry } from './support/registry.ts'
import { World } from './support/world.ts'

const GRACE_MS = 2_000
const ACTS = 5
/** Two names of people and one of a bot, each written in several ways. */
const NAMES = ['Ann', 'ANN', ' ann ', 'Zoë', 'zoe\u0308', 'ZOE\u0308', 'Quotes', 'QUOTES'] as const

interface Scene {
  readonly world: World
  readonly registry: Registry
  readonly exploration: Exploration
  readonly sees: (what: string) => void
}

/** A guest with a name. */
interface Guest {
  readonly peer: Peer
  readonly session: string
  readonly name: string
  readonly claim: Claim
}

/** Says hello, for the first time or to come back; undefined where the name was refused. */
async function hello(scene: Scene, name: string, before?: Guest): Promise<Guest | undefined> {
  const { world, registry, sees } = scene
  const claim = registry.claim(name)
  const peer = world.peer()
  peer.send({ type: 'hello', id: 'h', name, ...(before && { session: before.session }) })
  const answer = await peer.answer('h')
  if (answer.type === 'welcome') {
    const { session, resumed } = answer
    if (resumed && before) {
      registry.resumed(claim, before.claim)
      sees('came back')
      return { ...before, peer }
    }
    must(!resumed, 'resumed without a session')
    for (const { cut } of registry.given(claim)) sees(cut ? 'given after a grace' : 'given after an end')
    return { peer, session, name, claim }
  }
  must(answer.type === 'error', `hello was answered with ${answer.type}`)
  must(answer.code === 'forbidden' && answer.field === 'name', `${name} was refused as ${answer.code}`)
  sees(registry.refused(claim, before?.claim).length > 0 ? 'taken' : "a bot's")
  peer.close(1000)
  return undefined
}

/** Lets the connection go in one of the ways there are; undefined where that was the end of the session. */
async function part(guest: Guest, { world, registry, exploration }: Scene): Promise<Guest | undefined> {
  const { claim, peer, session } = guest
  const from = registry.now()
  const way = exploration.pick(['cut', 'goodbye', 'revoke'])
  if (way === 'cut') claim.cut = { from }
  else claim.end = { from }
  if (way === 'revoke') await world.hub.revoke({ session })
  else peer.close(way === 'cut' ? 1006 : 1000)
  await peer.end()
  const span = { from, to: registry.now() }
  if (way === 'cut') claim.cut = span
  else claim.end = span
  return way === 'cut' ? guest : undefined
}

async function live(scene: Scene): Promise<void> {
  const { pick, integer } = scene.exploration
  let guest: Guest | undefined
  for (let act = integer(1, ACTS); act > 0; act -= 1) {
    if (pick([false, false, true])) await scene.world.pass(pick([GRACE_MS + 1, GRACE_MS - 1, 1]))
    if (!guest) guest = await hello(scene, pick(NAMES))
    else if (guest.claim.cut) guest = await hello(scene, guest.name, guest)
    else guest = await part(guest, scene)
  }
}

export const guests: Property = {
  name: 'guests',
  promise: 'a guest’s name is given once, and again as soon as its session is gone',
  cases: ['taken', "a bot's", 'came back', 'given after a grace', 'given after an end'],
  play: async (exploration, sees) => {
    const world = new World(exploration, { limits: { sessionGraceMs: GRACE_MS, heartbeatMs: 1_000_000 } })
    const registry = new Registry(world, GRACE_MS)
    const scene = { world, registry, exploration, sees }
    const bot = async () => {
      for (let wait = exploration.integer(0, 20); wait > 0; wait -= 1) await exploration.step('a bot waits')
      world.hub.reserveName('Quotes')
      registry.reserve('Quotes')
    }
    await Promise.all([live(scene), live(scene), live(scene), bot()])
    await world.close()
  },
  twin: {
    does: 'remembers only names that are written in lower case',
    breaks: () =>
      replace(
        Identities.prototype,
        'create',
        create =>
          function (this: Identities, user, guest) {
            return create.call(this, user, guest && user.name === user.name.toLowerCase())
          },
      ),
  },
}
