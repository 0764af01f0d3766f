import { Broadcast } from '../../src/broadcast.ts'
import { live } from './support/life.ts'
import { type Property, replace } from './support/property.ts'
import { World } from './support/world.ts'

export const order: Property = {
  name: 'order',
  promise: 'every subscriber sees every seq after its join point once and in order',
  play: async exploration => {
    const world = new World(exploration)
    world.hub.use(async ({ request }, next) => {
      if (request.type === 'publish') await exploration.step('middleware')
      await next()
    })
    const names = ['ann', 'bob', 'cid'].slice(0, exploration.integer(2, 3))
    const people = await Promise.all(names.map(name => live(name, world, exploration)))
    await exploration.idle()
    const { seq } = await world.log.read('general', { limit: 1 })
    for (const { peer, witness } of people) {
      witness.look(peer)
      if (witness.last?.seq !== seq)
        throw new Error(`the log is at ${seq}, a subscriber at ${witness.last?.seq}`)
      if (witness.holes > 0) throw new Error('a hole was named, although nothing was lost')
    }
    await world.close()
  },
  twin: {
    does: 'gives every other message out a moment late',
    breaks: () =>
      replace(
        Broadcast.prototype,
        'push',
        push =>
          function (this: Broadcast, frame, seq, except) {
            const give = () => push.call(this, frame, seq, except)
            if (seq !== undefined && seq % 2 === 1) void Promise.resolve().then(give)
            else give()
          },
      ),
  },
}
