import { memoryLog, type MessageLog, secret } from '@hubbub/hub'
import { type Exploration, VirtualClock } from '@hubbub/hub/testing'
import { Appends } from '../../src/appends.ts'
import type { Peer } from '../support/peer.ts'
import { must } from './support/must.ts'
import { type Property, replace } from './support/property.ts'
import { Witness } from './support/witness.ts'
import { World } from './support/world.ts'

const LOG_MS = 1_000
const COMPARED_MS = 5_000

/** Takes appends in the order of the calls, each when the explorer wants; the answer may be lost on its way. */
function unsureLog({ step, pick }: Exploration, landed: (id: string) => void): MessageLog {
  const log = memoryLog({ clock: new VirtualClock(), secret })
  let line: Promise<unknown> = Promise.resolve()
  return {
    ...log,
    append: (room, drafts) => {
      const work = line.then(async () => {
        await step('landing')
        const appended = await log.append(room, drafts)
        for (const { id } of drafts) landed(id)
        if (pick([false, false, false, true])) throw new Error('the answer is lost')
        return appended
      })
      line = work.catch(() => {})
      return work
    },
  }
}

/** Sends each message more than once: at once, after the answer, or from the next connection of the session. */
class Sender {
  readonly witness = new Witness()
  readonly peers: Peer[] = []
  /** Ids in the order of sending, one for each attempt. */
  readonly asked = new Map<Peer, string[]>()
  readonly #name: string
  readonly #world: World

  constructor(name: string, world: World) {
    this.#name = name
    this.#world = world
  }

  async live({ pick, integer }: Exploration): Promise<void> {
    let peer = await this.#come()
    for (let n = integer(1, 3); n > 0; n -= 1)
      for (let attempt = integer(1, 3); attempt > 0; attempt -= 1) {
        const how = pick(['at once', 'answered', 'elsewhere'])
        const answered = this.#publish(peer, `${this.#name}-${n}`)
        if (how === 'answered') await answered
        if (how === 'elsewhere') peer = await this.#come()
      }
  }

  /** Sends again whatever was not acked on the last connection: that tells what became of it. */
  async findOut(): Promise<void> {
    const [peer] = this.peers.slice(-1)
    if (!peer) return
    const isAcked = (id: string): boolean => peer.of('ack').some(ack => ack.id === id)
    for (const id of new Set([...this.asked.values()].flat()))
      while (!isAcked(id)) await this.#publish(peer, id)
  }

  answers(peer: Peer) {
    return [...peer.of('ack'), ...peer.of('error')].filter(({ id }) => id?.startsWith(`${this.#name}-`))
  }

  /** Resolves when every attempt on this connection is answered, or it is gone. */
  async #publish(peer: Peer, id: string): Promise<void> {
    const asked = [...(this.asked.get(peer) ?? []), id]
    this.asked.set(peer, asked)
    peer.send({ type: 'publish', id, room: 'general', text: 'x' })
    await peer.until(() => peer.closed ?? this.answers(peer)[asked.length - 1])
  }

  async #come(): Promise<Peer> {
    const before = this.peers.at(-1)
    const session = before?.of('welcome')[0]?.session
    const peer = this.#world.peer()
    this.peers.push(peer)
    peer.send({ type: 'hello', id: 'h', name: this.#name, ...(session !== undefined && { session }) })
    await before?.end()
    if (before) this.witness.look(before)
    this.witness.reconnected()
    for (let n = 1; peer.of('joined').length === 0; n += 1) {
      const { last } = this.witness
      peer.send({ type: 'join', id: `${n}`, room: 'general', ...(last ? { after: last } : { last: 0 }) })
      await peer.answer(`${n}`)
    }
    return peer
  }
}

async function time(world: World, { integer }: Exploration): Promise<void> {
  for (let n = integer(0, 4); n > 0; n -= 1) await world.pass(integer(1, LOG_MS))
}

export const once: Property = {
  name: 'once',
  promise:
    'however often and from wherever a message is sent, it is acked where it first landed and shown once',
  cases: ['unavailable and landed', 'acked again', 'acked on two connections'],
  play: async (exploration, sees) => {
    const early: string[] = []
    const landed = new Set<string>()
    const log = unsureLog(exploration, id => {
      const acks = senders.flatMap(({ peers }) => peers.flatMap(peer => peer.of('ack')))
      if (!landed.has(id) && acks.some(ack => ack.id === id)) early.push(id)
      landed.add(id)
    })
    const world = new World(exploration, { log, limits: { logMs: LOG_MS } })
    const senders = ['ann', 'bob'].map(name => new Sender(name, world))
    await Promise.all([...senders.map(sender => sender.live(exploration)), time(world, exploration)])
    await exploration.idle()
    must(early.length === 0, `${early.join()} was acked before it was in the log`)
    await Promise.all(senders.map(sender => sender.findOut()))
    await world.pass(COMPARED_MS)
    await exploration.idle()

    const { seq, messages } = await log.read('general', { limit: 100 })
    const first = new Map(messages.map(message => [message.id, message.seq]))
    const sent = new Set(senders.flatMap(({ asked }) => [...asked.values()].flat()))
    must(first.size === seq && sent.size === seq, `of ${sent.size} messages the log has ${seq}`)
    for (const sender of senders) {
      const { witness, peers } = sender
      for (const peer of peers) {
        const asked = sender.asked.get(peer)?.length ?? 0
        const answers = sender.answers(peer)
        must(answers.length === asked || !!peer.closed, `${asked} were sent and ${answers.length} answered`)
        for (const answer of answers) {
          const { id = '' } = answer
          if (answer.type === 'ack') must(answer.seq === first.get(id), `${id} was acked at ${answer.seq}`)
          else must(answer.code === 'unavailable', `${id} was refused with ${answer.code}`)
          if (answer.type === 'error') sees('unavailable and landed')
        }
        const acked = peer.of('ack').map(({ id }) => id)
        if (new Set(acked).size < acked.length) sees('acked again')
        if (peers.some(other => other !== peer && other.of('ack').some(({ id }) => acked.includes(id))))
          sees('acked on two connections')
      }
      const last = peers.at(-1)
      if (last) witness.look(last)
      must(witness.last?.seq === seq, `the log is at ${seq}, a subscriber at ${witness.last?.seq}`)
      must(witness.holes === 0, 'a hole was named, although nothing was lost')
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
