import { Presence } from '../../src/presence.ts'
import { Device, GRACE_MS } from './support/device.ts'
import { must } from './support/must.ts'
import { type Property, replace } from './support/property.ts'
import { World } from './support/world.ts'

const ROUNDS = 3
const ACTS = 2

export const presence: Property = {
  name: 'presence',
  promise: 'a room shows whoever has a subscription or is in the grace of one, and every diff leads there',
  cases: ['several devices', 'by grace alone', 'nobody'],
  play: async (exploration, sees) => {
    const { integer, idle } = exploration
    const world = new World(exploration, {
      authenticate: ({ token = '' }) => {
        const [id = '', name = ''] = token.split(' ')
        return { id, name }
      },
      limits: { presenceGraceMs: GRACE_MS, heartbeatMs: 1_000_000 },
    })
    const [observer, ...devices] = ['observer', 'ann', 'ann', 'ann', 'bob'].map(
      user => new Device(user, world, exploration),
    )
    await observer?.join()
    for (let round = integer(1, ROUNDS); round > 0; round -= 1) {
      await Promise.all(
        devices.map(async device => {
          for (let act = integer(0, ACTS); act > 0; act -= 1) await device.act()
        }),
      )
      await idle()
      const truth = (await observer?.join()) ?? ''
      for (const device of devices)
        if (device.joined) must(device.belief === truth, `there is ${truth}, not ${device.belief}`)
      for (const user of ['ann', 'bob']) {
        const own = devices.filter(device => device.user === user)
        const here = own.filter(({ present }) => present)
        const listed = truth.includes(`${user} as`)
        if (here.length > 0) must(listed, `${user} is not shown, in ${truth}`)
        else if (own.every(({ present }) => present === false)) must(!listed, `${user} is shown, in ${truth}`)
        if (here.length > 1) sees('several devices')
        if (here.length > 0 && here.every(({ joined }) => !joined)) sees('by grace alone')
      }
      if (truth.split(', ').length === 1) sees('nobody')
    }
    await world.close()
  },
  twin: {
    does: 'takes whoever leaves or says goodbye for somebody whose connection broke',
    breaks: () =>
      replace(
        Presence.prototype,
        'exit',
        exit =>
          function (this: Presence, user) {
            exit.call(this, user, true)
          },
      ),
  },
}
