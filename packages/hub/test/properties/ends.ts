import type { Exploration } from '@hubbub/hub/testing'
import { Session } from '../../src/session.ts'
import { must } from './support/must.ts'
import type { Property } from './support/property.ts'
import { Wire, type WireFrame } from './support/wire.ts'
import { World } from './support/world.ts'

const GRACE_MS = 10_000
const ENDS = ['goodbye', 'lost', 'malformed', 'slow', 'revoked', 'replaced'] as const

type End = (typeof ENDS)[number]

/** A connection that notes how it ends, and everything that is done to it after that. */
class Mortal extends Wire {
  readonly faults: string[] = []
  readonly name: string
  /** The peer has gone. */
  gone = false

  constructor(name: string, { hub }: World, session?: string) {
    super(hub)
    this.name = name
    this.say({ type: 'hello', id: 'h', name, ...(session !== undefined && { session }) })
    this.say({ type: 'join', id: 'j', room: 'general', last: 0 })
  }

  get ended(): boolean {
    return this.gone || this.closed !== undefined
  }

  /** The peer ends it, or the transport says that the hub's close is done: maybe more than once. */
  leave(code: number): void {
    this.gone = true
    this.onClose?.(code, '')
  }

  override write(frames: readonly WireFrame[]): void {
    if (this.ended) this.faults.push(`${this.name} was written to after its end`)
    super.write(frames)
  }

  override close(code: number, reason: string): void {
    if (this.ended) this.faults.push(`${this.name} was closed with ${code} after its end`)
    super.close(code, reason)
  }
}

/** Who is in the room, as one who is there is told: throws where the count is another. */
function present({ frames }: Wire): Set<string> {
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

/** Ends a connection in one of the ways, when it is its turn. */
async function end(wire: Mortal, world: World, { pick, step }: Exploration, come: (wire: Mortal) => void) {
  const { hub } = world
  const how = pick<End>(ENDS)
  await step(`${wire.name} is ${how}`)
  switch (how) {
    case 'goodbye':
      wire.leave(1000)
      break
    case 'lost':
      wire.leave(1006)
      break
    case 'malformed':
      for (let n = 0; n < 20; n += 1) wire.onMessage?.('?')
      break
    case 'slow':
      wire.bufferedBytes = hub.limits.outboxBytes
      await hub.post({
        room: 'general',
        id: `to ${wire.name}`,
        text: 'x',
        author: { id: 'bot:b', name: 'b', kind: 'bot' },
      })
      break
    case 'revoked':
      await hub.revoke({ user: `guest:${wire.name}` })
      break
    case 'replaced': {
      const welcome = wire.frames.find(frame => frame.type === 'welcome')
      if (welcome) come(new Mortal(wire.name, world, welcome.session))
    }
  }
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
    const eve = new Mortal('eve', world)
    if (pick([true, false])) await idle()

    const come = (wire: Mortal): void => {
      wires.push(wire)
    }
    const speak = async (wire: Mortal): Promise<void> => {
      for (let n = integer(0, 2); n > 0; n -= 1) {
        await step(`${wire.name} speaks`)
        const id = `${wire.ended ? 'late' : 'said'}-${wire.name}-${n}`
        wire.say({ type: 'publish', id, room: 'general', text: 'x' })
        // The transport says that it has closed, which the peer may have said before.
        if (wire.ended) wire.leave(1006)
      }
    }
    const stop = async (): Promise<void> => {
      await step('the hub stops')
      await hub.close({ windowMs: 2_000, deadlineMs: 4_000 })
    }
    const stops = pick([false, true])
    const acts = wires.flatMap(wire => [
      speak(wire),
      ...Array.from({ length: integer(1, 3) }, () => end(wire, world, exploration, come)),
    ])
    const stopped = stops ? stop() : undefined
    await Promise.all([...acts, world.pass(1_000), world.pass(2_000)])
    await idle()
    await world.pass(GRACE_MS)
    await idle()
    await stopped

    const faults = [...wires, eve].flatMap(wire => wire.faults)
    must(faults.length === 0, faults.join('; '))
    const there = present(eve)
    for (const { name, closed, gone } of wires) {
      // A name that another session has taken meanwhile ends with 4401, which is rare.
      if (closed !== undefined && closed !== 4401) sees(`${closed}`)
      else if (gone) sees('ended by the peer')
      const here = wires.some(
        wire => wire.name === name && !wire.ended && wire.frames.some(({ type }) => type === 'joined'),
      )
      must(
        stops || there.has(name) === here,
        `${name} is ${here ? 'here' : 'gone'}, and eve is told otherwise`,
      )
    }
    const open = [...wires, eve].filter(wire => !wire.ended).length
    must(
      hub.stats().sessions === open,
      `${open} connections are open, and ${hub.stats().sessions} are counted`,
    )
    for (const { frames } of wires)
      for (const frame of frames)
        if (frame.type === 'welcome') {
          const closes =
            hub.explain(frame.session)?.incidents.filter(({ what }) => what === 'closed').length ?? 0
          must(closes <= 1, `a session was closed ${closes} times`)
        }
    const { messages } = await world.log.read('general', { limit: 1_000 })
    must(!messages.some(({ id }) => id.startsWith('late')), 'what a session said after its end was appended')
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
