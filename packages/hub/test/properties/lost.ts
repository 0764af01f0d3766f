import { memoryLog, type MessageLog, secret } from '@hubbub/hub'
import { type Exploration, VirtualClock } from '@hubbub/hub/testing'
import { Room } from '../../src/room.ts'
import { must } from './support/must.ts'
import { type Property, replace } from './support/property.ts'
import { Witness } from './support/witness.ts'
import { World } from './support/world.ts'

/** Less than it takes until the rooms are compared with the log: that must not be what finds the message. */
const LOG_MS = 1_000
const MESSAGES = 6

/** Takes every append at the call. One answer is lost on its way or far too late, and the last is held back. */
class LossyLog {
  readonly log: MessageLog
  readonly held = Promise.withResolvers<void>()

  constructor({ step }: Exploration, lost: string, isRefused: boolean) {
    const log = memoryLog({ clock: new VirtualClock(), secret })
    this.log = {
      ...log,
      append: async (room, drafts) => {
        const appended = await log.append(room, drafts)
        const [draft] = drafts
        if (draft?.id === lost && isRefused) {
          await step('the answer is lost')
          throw new Error('the connection is gone')
        }
        if (draft?.id === lost || draft?.id === 'last') await this.held.promise
        return appended
      },
    }
  }
}

/** Posts, and does not wait for what becomes of it. */
function post({ hub }: World, id: string): void {
  const author = { id: 'bot:b', name: 'b', kind: 'bot' } as const
  hub.post({ room: 'general', id, author, text: 'x' }).catch(() => {})
}

export const lost: Property = {
  name: 'lost',
  promise: 'a message whose answer was lost is shown with those behind it, while more are under way',
  cases: ['refused', 'late'],
  play: async (exploration, sees) => {
    const { integer, pick, step, idle } = exploration
    const count = integer(2, MESSAGES)
    const isRefused = pick([true, false])
    const lossy = new LossyLog(exploration, `${integer(1, count - 1)}`, isRefused)
    const world = new World(exploration, { log: lossy.log, limits: { logMs: LOG_MS } })
    const peers = [world.peer(), world.peer()]
    await Promise.all(peers.map((peer, index) => peer.enter(`user-${index}`, 'general', { last: 0 })))
    for (let n = 1; n <= count; n += 1) {
      await step(`${n} is posted`)
      post(world, `${n}`)
    }
    // From here on there is never a moment in which nothing is under way.
    await world.pass(LOG_MS / 2)
    post(world, 'last')
    await world.pass(LOG_MS / 2)
    await idle()
    const watched = peers.map(peer => ({ peer, witness: new Witness() }))
    for (const { peer, witness } of watched) {
      witness.look(peer)
      must((witness.last?.seq ?? 0) >= count, `of ${count} messages ${witness.last?.seq} are shown`)
    }
    lossy.held.resolve()
    await idle()
    for (const { peer, witness } of watched) {
      witness.look(peer)
      must(witness.last?.seq === count + 1, `the last is not shown behind ${witness.last?.seq}`)
      must(witness.holes === 0, 'a hole was named, although nothing was lost')
    }
    sees(isRefused ? 'refused' : 'late')
    await world.close()
  },
  twin: {
    does: 'reads what is missing only when nothing is under way',
    breaks: () =>
      replace(
        Room.prototype,
        'heal',
        heal =>
          function (this: Room) {
            return this.busy ? Promise.resolve() : heal.call(this)
          },
      ),
  },
}
