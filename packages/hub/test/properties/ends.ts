import type { Exploration } from '@hubbub/hub/testing'
import { Session } from '../../src/session.ts'
import { end } from './support/endings.ts'
import { Mortal } from './support/mortal.ts'
import { must } from './support/must.ts'
import type { Property } from './support/property.ts'
import { World } from './support/world.ts'

const GRACE_MS = 10_000
/** With what the ids of publishes begin that are made behind the end. */
const LATE = 'late'
/** Who is in the room, as one who is there is told: throws where the count is another. */
function present({ frames }: Mortal): Set<string> {
  const there = new Set<string>()
  for (const frame of frames) {
    if (frame.type === 'joined') for (const { name } of frame.members) there.add(name)
    if (frame.type !== 'presence') continue
    for (const { name } of frame.joined) there.add(name)
    for (const { name } of frame.left) there.delete(name)
    must(there.size === frame.count, `${there.size} are there, and ${frame.count} are counted`)
  }
  return there
}

/** Says something now and then, also behind its end, and has its transport tell of that end more than once. */
async function speak(wire: Mortal, { integer, step }: Exploration): Promise<void> {
  for (let n = integer(0, 2); n > 0; n -= 1) {
    await step(`${wire.name} speaks`)
    const id = `${wire.ended ? LATE : 'said'}-${wire.name}-${n}`
    wire.say({ type: 'publish', id, room: 'general', text: 'x' })
    if (wire.ended) wire.leave(1006)
  }
}

/** Nothing was done with a connection after its end, and what remains is known by the hub and by the last who is there. */
async function judge(
  wires: readonly Mortal[],
  last: Mortal,
  { hub, log }: World,
  stopped: boolean,
): Promise<void> {
  const all = [...wires, last]
  const faults = all.flatMap(wire => wire.faults)
  must(faults.length === 0, faults.join('; '))
  const open = all.filter(wire => !wire.ended)
  const { sessions } = hub.stats()
  must(sessions === open.length, `${open.length} connections are open, and ${sessions} are counted`)
  const there = present(last)
  const here = new Set(
    open.filter(({ frames }) => frames.some(({ type }) => type === 'joined')).map(({ name }) => name),
  )
  must(
    stopped || [...here].toSorted().join() === [...there].toSorted().join(),
    `${[...there].join()} are shown, and ${[...here].join()} are here`,
  )
  for (const frame of all.flatMap(({ frames }) => frames))
    if (frame.type === 'welcome') {
      const incidents = hub.explain(frame.session)?.incidents ?? []
      must(incidents.filter(({ what }) => what === 'closed').length <= 1, 'a session was closed twice')
    }
  const { messages } = await log.read('general', { limit: 1_000 })
  must(!messages.some(({ id }) => id.startsWith(LATE)), 'what was said behind an end was appended')
}

export const ends: Property = {
  name: 'ends',
  promise: 'a session ends once, whatever comes at the same time, and nothing is done with it after that',
  cases: ['4400', '4403', '4408', '4409', '1012', 'ended by the peer'],
  play: async (exploration, sees) => {
    const { idle, integer, pick, step } = exploration
    const world = new World(exploration)
    const { hub } = world
    hub.use(async ({ request }, next) => {
      if (request.type === 'publish') await step('middleware')
      await next()
    })
    const wires = ['ann', 'bob', 'cid'].map(name => new Mortal(name, world))
    const last = new Mortal('eve', world)
    if (pick([true, false])) await idle()
    const stops = pick([false, true])
    const stop = async (): Promise<void> => {
      await step('the hub stops')
      await hub.close({ windowMs: 2_000, deadlineMs: 4_000 })
    }
    const stopped = stops ? stop() : undefined
    const acts = wires.flatMap(wire => [
      speak(wire, exploration),
      ...Array.from({ length: integer(1, 3) }, () => end(wire, world, exploration, next => wires.push(next))),
    ])
    await Promise.all([...acts, world.pass(1_000), world.pass(2_000)])
    await idle()
    await world.pass(GRACE_MS)
    await idle()
    await stopped
    await judge(wires, last, world, stops)
    for (const { closed, gone } of wires)
      // A name that another session has taken meanwhile ends with 4401, which is rare.
      if (closed !== undefined && closed !== 4401) sees(`${closed}`)
      else if (gone) sees('ended by the peer')
    await world.close()
  },
  twin: {
    does: 'goes on with a join after its session has ended',
    breaks: () => {
      const { open } = Object.getOwnPropertyDescriptors(Session.prototype)
      Object.defineProperty(Session.prototype, 'open', { ...open, get: () => true })
      return () => Object.defineProperty(Session.prototype, 'open', open)
    },
  },
}
