import { createClient } from '@hubbub/hub/client'
import { type Exploration, type FaultyLink, faultyTransport } from '@hubbub/hub/testing'
import { Watch } from '../../src/watch.ts'
import { must } from './support/must.ts'
import { type Property, replace } from './support/property.ts'
import { World } from './support/world.ts'

const BEAT_MS = 2_000
const TICK_MS = 500
/** Ticks in which cables may come out. */
const BUSY = 8
/** Until an end must have noticed: two heartbeats, and a look before and behind them. */
const FOUND_MS = 2 * BEAT_MS + 2_000

type Sees = (what: string) => void

/** Somebody at the end of a cable. */
interface Line {
  /** What they do every half second. */
  tick(): void
  /** The cable, while it holds and they are welcome. */
  cable(): FaultyLink | undefined
  /** Judges what became of it, by when its cables came out. */
  judge(broken: readonly number[]): void
  end(): void
}

/**
 * Speaks the protocol frame by frame. What it answers to a `ping` is any frame; who talks does not listen, but is
 * never silent for long; who is mute may be taken for gone.
 */
function bare(name: string, world: World, { pick, integer }: Exploration, sees: Sees): Line {
  const manner = pick(['pong', 'ping', 'publish', 'talk', 'mute'])
  const { peer, link } = world.faulty()
  link.delay(integer(0, 1) * 300)
  peer.send({ type: 'hello', id: 'h', name }, { type: 'join', id: 'j', room: 'general' })
  let ticks = 0
  let answered = 0
  const say = (type: string) => peer.send({ type, id: `${name}-${ticks}`, room: 'general', text: 'here' })
  return {
    tick() {
      ticks += 1
      const asked = peer.of('ping').length
      if (manner === 'talk' && ticks % 3 === 0) say('typing')
      else if (manner !== 'talk' && manner !== 'mute' && asked > answered) say(manner)
      answered = asked
    },
    cable: () => (peer.of('welcome').length > 0 && link.open ? link : undefined),
    judge([brokenAt]) {
      sees(brokenAt === undefined ? manner : 'half-open')
      const [welcome] = peer.of('welcome')
      const closed = world.hub
        .explain(welcome?.session ?? '')
        ?.incidents.find(incident => incident.what === 'closed')
      if (manner === 'mute') must(!closed || closed.code === 4410, `${name} was closed with ${closed?.code}`)
      else if (brokenAt === undefined) must(!closed, `${name} answers with ${manner}, and was closed`)
      if (brokenAt === undefined) return
      must(closed?.code === 4410, `${name} was closed with ${closed?.code}`)
      must(closed.at <= brokenAt + FOUND_MS, `${name} was found after ${closed.at - brokenAt} ms`)
    },
    end: () => peer.close(1000),
  }
}

/** The client of the SDK: it notices by itself, and comes back. */
function sdk(name: string, { hub, clock }: World, { scheduler }: Exploration, sees: Sees): Line {
  const connect = faultyTransport(hub, { scheduler, clock })
  const client = createClient({ url: 'faulty:', name, connect, clock, random: () => 0.5 })
  const noticed: number[] = []
  client.on('state', ({ status }) => {
    if (status === 'waiting') noticed.push(clock.now())
  })
  client.join('general')
  return {
    tick() {},
    cable: () => (client.state.status === 'online' && connect.last.open ? connect.last : undefined),
    judge(broken) {
      must(client.state.status === 'online', `${name} is ${client.state.status}`)
      must(noticed.length === broken.length, `${name} lost ${noticed.length} links of ${broken.length}`)
      for (const [index, at] of noticed.entries()) {
        const ms = at - (broken[index] ?? 0)
        must(ms <= FOUND_MS, `${name} noticed after ${ms} ms`)
        sees('came back')
      }
    },
    end: () => void client.close(),
  }
}

export const halfOpen: Property = {
  name: 'half-open',
  promise:
    'a link that died without a word is found from both ends within two heartbeats, and no other is closed',
  cases: ['half-open', 'pong', 'ping', 'publish', 'talk', 'mute', 'came back'],
  play: async (exploration, sees) => {
    const { integer, step, idle } = exploration
    // Slow peers are another matter: without this, a dead link that is owed something might be taken for one.
    const world = new World(exploration, { limits: { heartbeatMs: BEAT_MS, writeMs: 1_000_000 } })
    const lines = [
      ...['ann', 'bob'].map(name => bare(name, world, exploration, sees)),
      ...['cid', 'dan'].slice(0, integer(0, 2)).map(name => sdk(name, world, exploration, sees)),
    ].map(line => ({ line, broken: [] as number[] }))
    for (let tick = 0; tick < BUSY + FOUND_MS / TICK_MS + 2; tick += 1) {
      await idle()
      for (const { line, broken } of lines) {
        line.tick()
        if (tick >= BUSY || integer(0, BUSY) > 0) continue
        void step('a cable comes out').then(() => {
          const cable = line.cable()
          if (cable) broken.push(world.clock.now())
          cable?.halfOpen()
        })
      }
      await world.clock.advance(TICK_MS)
    }
    await idle()
    for (const { line, broken } of lines) line.judge(broken)
    for (const { line } of lines) line.end()
    await world.clock.advance(TICK_MS)
    await idle()
    await world.close()
  },
  twin: {
    does: 'asks a silent peer again and again, and gives up none',
    breaks: () =>
      replace(
        Watch.prototype,
        'look',
        look =>
          function (this: Watch, now) {
            const found = look.call(this, now)
            return found === 'silent' ? 'ask' : found
          },
      ),
  },
}
