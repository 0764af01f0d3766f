import { memoryLog, type MessageLog, secret, type ServerMessage } from '@hubbub/hub'
import { type Exploration, VirtualClock } from '@hubbub/hub/testing'
import { Room } from '../../src/room.ts'
import type { Peer } from '../support/peer.ts'
import { must } from './support/must.ts'
import { type Property, replace } from './support/property.ts'
import { Witness } from './support/witness.ts'
import { World } from './support/world.ts'

const ACTS = 5
/** So many frames may be owed that a joining client can be owed more meanwhile than is held back. */
const FEW = 10
/** How long it takes at most until the rooms are compared with the log. */
const COMPARED_MS = 5_000

/** A log of which some reads fail, until it is mended. */
class FailingLog {
  readonly log: MessageLog
  #failing = true

  constructor({ pick, step }: Exploration) {
    const log = memoryLog({ clock: new VirtualClock(), secret })
    this.log = {
      ...log,
      read: async (room, range) => {
        if (!this.#failing || pick([false, false, true])) return log.read(room, range)
        await step('a read fails')
        throw new Error('the disk is gone')
      },
    }
  }

  mend(): void {
    this.#failing = false
  }
}

/** Asks for the room until it is given. */
async function enter(peer: Peer, name: string): Promise<void> {
  peer.send({ type: 'hello', id: 'h', name })
  for (let n = 1; peer.of('joined').length === 0; n += 1) {
    peer.send({ type: 'join', id: `first-${n}`, room: 'general', last: 0 })
    await peer.answer(`first-${n}`)
  }
}

/** Joins again and again, and publishes in between. */
async function live(name: string, world: World, { integer, pick }: Exploration) {
  const peer = world.peer()
  const witness = new Witness()
  await enter(peer, name)
  for (let n = integer(1, ACTS); n > 0; n -= 1) {
    witness.look(peer)
    const join = { type: 'join', id: `${n}`, room: 'general', after: witness.last }
    const publish = { type: 'publish', id: `${name}-${n}`, room: 'general', text: 'x' }
    const when = pick(['not', 'behind', 'before'])
    if (when === 'before') peer.send(publish)
    peer.send(join)
    if (when === 'behind') peer.send(publish)
    await peer.answer(`${n}`)
  }
  return { peer, witness }
}

/** Somebody who comes and goes, and a log that begins anew; says how often it has. */
async function meanwhile(world: World, log: MessageLog, { integer, pick, step }: Exploration) {
  let restarts = 0
  for (let n = integer(1, ACTS); n > 0; n -= 1) {
    await step('meanwhile')
    if (pick([false, true])) {
      restarts += 1
      await log.close()
    } else {
      const peer = world.peer()
      await enter(peer, `guest-${n}`)
      peer.close(1000)
    }
  }
  return restarts
}

/** Throws where a version of presence is missing. */
function countVersions(frames: readonly ServerMessage[]): void {
  let last = 0
  for (const frame of frames)
    if (frame.type === 'joined') last = frame.version
    else if (frame.type === 'presence') {
      must(frame.version === last + 1, `presence ${frame.version} came after ${last}`)
      last = frame.version
    }
}

export const rejoin: Property = {
  name: 'rejoin',
  promise: 'who joins again and fails goes on as if nothing had happened, also where the log began anew',
  cases: ['failed', 'failed behind a reset'],
  play: async (exploration, sees) => {
    const failing = new FailingLog(exploration)
    const { log } = failing
    const world = new World(exploration, { log, limits: { outboxFrames: exploration.pick([1_024, FEW]) } })
    const [restarts, ...people] = await Promise.all([
      meanwhile(world, log, exploration),
      ...['ann', 'bob'].map(name => live(name, world, exploration)),
    ])
    await exploration.idle()
    failing.mend()
    await world.pass(COMPARED_MS)
    await exploration.idle()
    const { epoch, seq } = await log.read('general', { limit: 1 })
    for (const { peer, witness } of people) {
      witness.look(peer)
      countVersions(peer.frames)
      const { last, holes } = witness
      must(last?.seq === seq && last.epoch === epoch, `the log is at ${seq}, a subscriber at ${last?.seq}`)
      must(holes <= restarts, `${holes} holes were named, and the log began anew ${restarts} times`)
      const types = peer.frames.map(({ type }) => type)
      if (types.includes('error')) sees('failed')
      if (types.slice(types.indexOf('reset')).includes('error') && types.includes('reset'))
        sees('failed behind a reset')
    }
    await world.close()
  },
  twin: {
    does: 'holds back no reset from who joins again',
    breaks: () =>
      replace(
        Room.prototype,
        'goOn',
        goOn =>
          function (this: Room, subscription) {
            subscription.pending = subscription.pending?.filter(held => held.epoch === undefined)
            goOn.call(this, subscription)
          },
      ),
  },
}
