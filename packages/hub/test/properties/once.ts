import type { Exploration } from '@hubbub/hub/testing'
import { Appends } from '../../src/appends.ts'
import { must } from './support/must.ts'
import { type Property, replace } from './support/property.ts'
import { Retrier } from './support/retrier.ts'
import { unsureLog } from './support/unsure-log.ts'
import { World } from './support/world.ts'

const LOG_MS = 1_000
const COMPARED_MS = 5_000

async function time(world: World, { integer, pick }: Exploration): Promise<void> {
  for (let n = integer(2, 6); n > 0; n -= 1) await world.pass(pick([LOG_MS, LOG_MS / 2]))
}

export const once: Property = {
  name: 'once',
  promise:
    'however often and from wherever a message is sent, it is acked where it first landed and shown once',
  cases: ['too late', 'answer lost', 'acked again', 'acked on two connections'],
  play: async (exploration, sees) => {
    const early: string[] = []
    const landed = new Set<string>()
    const log = unsureLog(exploration, id => {
      const acks = people.flatMap(({ peers }) => peers.flatMap(peer => peer.of('ack')))
      if (!landed.has(id) && acks.some(ack => ack.id === id)) early.push(id)
      landed.add(id)
    })
    const world = new World(exploration, { log, limits: { logMs: LOG_MS } })
    const people = ['ann', 'bob'].map(name => new Retrier(name, world))
    await Promise.all([...people.map(each => each.live(exploration)), time(world, exploration)])
    await exploration.idle()
    must(early.length === 0, `${early.join()} was acked before it was in the log`)
    await Promise.all(people.map(each => each.findOut()))
    await world.pass(COMPARED_MS)
    await exploration.idle()

    const { seq, messages } = await log.read('general', { limit: 100 })
    const first = new Map(messages.map(message => [message.id, message.seq]))
    const sent = new Set(people.flatMap(each => each.sent))
    must(first.size === seq && sent.size === seq, `of ${sent.size} messages the log has ${seq}`)
    for (const person of people) {
      person.judge(seq)
      for (const peer of person.peers) {
        for (const answer of person.answers(peer)) {
          const { id = '' } = answer
          if (answer.type === 'ack') must(answer.seq === first.get(id), `${id} was acked at ${answer.seq}`)
          else must(answer.code === 'unavailable', `${id} was refused with ${answer.code}`)
          if (answer.type === 'error') sees(answer.message.includes('in time') ? 'too late' : 'answer lost')
        }
        const acked = peer.of('ack').map(({ id }) => id)
        if (new Set(acked).size < acked.length) sees('acked again')
        const others = person.peers.filter(other => other !== peer)
        if (others.some(other => other.of('ack').some(({ id }) => acked.includes(id))))
          sees('acked on two connections')
      }
    }
    await world.close()
  },
  twin: {
    does: 'takes every attempt for a message of its own',
    breaks: () => {
      let attempts = 0
      return replace(
        Appends.prototype,
        'append',
        append =>
          function (this: Appends, room, draft, told) {
            attempts += 1
            return append.call(this, room, { ...draft, id: `${draft.id}-${attempts}` }, told)
          },
      )
    },
  },
}
