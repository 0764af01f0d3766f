import type { Exploration } from '@hubbub/hub/testing'
import { Session } from '../../src/session.ts'
import { Fault, FaultyWire } from './support/faulty-wire.ts'
import { must } from './support/must.ts'
import { type Property, replace } from './support/property.ts'
import { SoundWire } from './support/sound-wire.ts'
import { Wire } from './support/wire.ts'
import { World } from './support/world.ts'

const ACTS = 4
/** Time enough for the hub to ask who is still there. */
const ASKED_MS = 26_000

/** What befalls the one whose connection has a fault; the others give a sign of life when time passes. */
async function suffer(wire: FaultyWire, others: readonly Wire[], world: World, exploration: Exploration) {
  const { integer, pick, step } = exploration
  const { hub } = world
  await step('a fault')
  wire.broken = pick(['write', 'close', 'ping'])
  for (let n = integer(1, ACTS); n > 0; n -= 1) {
    const what = pick(['asks', 'publishes', 'is slow', 'is revoked', 'is silent', 'is replaced'])
    await step(`the faulty one ${what}`)
    if (what === 'asks') wire.say({ type: 'ping', id: `${n}` })
    else if (what === 'publishes') wire.say({ type: 'publish', id: `${n}`, room: 'general', text: 'x' })
    else if (what === 'is revoked') await hub.revoke({ user: 'bad' })
    else if (what === 'is silent') {
      for (const other of others) other.receivedBytes += 1
      await world.clock.advance(ASKED_MS)
    } else if (what === 'is slow') {
      wire.bufferedBytes = hub.limits.outboxBytes
      const author = { id: 'bot:b', name: 'b', kind: 'bot' } as const
      await hub.post({ room: 'general', id: `${n}`, text: 'x', author })
    } else {
      const session = wire.frames.find(frame => frame.type === 'welcome')?.session
      const next = new Wire(hub).say({ type: 'hello', id: 'h', token: 'bad', session })
      await exploration.idle()
      const isWelcome = next.frames.some(({ type }) => type === 'welcome')
      must(isWelcome || next.closed !== undefined, 'the next one was not welcomed')
    }
  }
}

export const apart: Property = {
  name: 'apart',
  promise: 'what one connection or a middleware throws never reaches another session',
  cases: ['write', 'close', 'ping', 'middleware'],
  play: async (exploration, sees) => {
    const { idle, pick, step } = exploration
    const escaped: unknown[] = []
    const world = new World(exploration, {
      authenticate: ({ token = '' }) => ({ id: token, name: token }),
      onError: error => {
        must(error instanceof Fault, String(error))
        sees(error.message)
      },
      scheduler: {
        defer: task =>
          exploration.scheduler.defer(() => {
            try {
              task()
            } catch (error) {
              escaped.push(error)
            }
          }),
      },
    })
    world.hub.use(async (context, next) => {
      if (context.request.type !== 'publish' || context.user.name !== 'bad') return next()
      const fail = async (): Promise<void> => {
        await step('middleware')
        throw new Fault('middleware')
      }
      const how = pick(['at once', 'later', 'detached'])
      if (how === 'at once') throw new Fault('middleware')
      if (how === 'later') return fail()
      return context.detach(fail())
    })
    // Who was there first is served first: a fault must harm neither those before nor those behind.
    const ann = new SoundWire(world.hub)
    const bad = new FaultyWire(world.hub)
    const bob = new SoundWire(world.hub)
    for (const [token, wire] of Object.entries({ ann, bad, bob }))
      wire.say({ type: 'hello', id: 'h', token }, { type: 'join', id: 'j', room: 'general', last: 0 })
    await idle()
    await Promise.all([
      ann.live('ann', exploration),
      bob.live('bob', exploration),
      suffer(bad, [ann, bob], world, exploration),
    ])
    await idle()
    must(escaped.length === 0, `a turn was ended by ${String(escaped[0])}`)
    const { seq } = await world.log.read('general', { limit: 1 })
    for (const sound of [ann, bob]) sound.judge(seq)
    await world.close()
    for (const { closed } of [ann, bob]) must(closed === 1012, `closed with ${closed}`)
  },
  twin: {
    does: 'writes to a connection without minding what it throws',
    breaks: () =>
      replace(
        Session.prototype,
        'flush',
        flush =>
          function (this: Session) {
            this.connection.write([])
            flush.call(this)
          },
      ),
  },
}
