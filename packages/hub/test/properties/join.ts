import type { ServerMessageOf } from '@hubbub/hub'
import type { Exploration } from '@hubbub/hub/testing'
import { Room } from '../../src/room.ts'
import { must } from './support/must.ts'
import { type Property, replace } from './support/property.ts'
import { Witness } from './support/witness.ts'
import { World } from './support/world.ts'

const ACTS = 5
/** The most that is given to who resumes; with more missing, only the newest are, which here are all. */
const RECOVERED = 3
/** So many frames may be owed that a joining client can be owed more meanwhile than is held back. */
const FEW = 12

type Sees = (what: string) => void

/** A join as it was asked for. */
interface Asked {
  readonly id: string
  readonly after?: { readonly epoch: string; readonly seq: number }
  readonly last?: number
}

/** Whether a join was given what it asked for, no more and no less: here nothing is trimmed, and no log begins anew. */
function judge({ id, after, last = 0 }: Asked, joined: ServerMessageOf<'joined'> | undefined): void {
  if (!joined) throw new Error(`${id} was not answered`)
  const { seq, messages, recovered, reason } = joined
  const missed = after ? seq - after.seq : undefined
  const isRecovered = missed !== undefined && missed <= RECOVERED
  must(recovered === isRecovered, `${id} is ${recovered ? '' : 'not '}recovered`)
  must(reason === (missed === undefined || isRecovered ? undefined : 'too-far'), `${id} says ${reason}`)
  const due = isRecovered ? missed : Math.min(missed === undefined ? last : seq, seq)
  must(messages.length === due, `${id} was given ${messages.length} messages of ${due}`)
}

/** Joins again and again, before the answer to the last join or after it, and publishes in between. */
async function live(name: string, world: World, { integer, pick }: Exploration, sees: Sees) {
  const witness = new Witness()
  const peer = world.peer()
  const asked: Asked[] = []
  peer.send({ type: 'hello', id: 'h', token: name })
  for (let n = integer(1, ACTS); n > 0; n -= 1) {
    witness.look(peer)
    const after = pick([true, false]) ? witness.last : undefined
    const join: Asked = { id: `${n}`, ...(after ? { after } : { last: integer(0, 3) }) }
    asked.push(join)
    peer.send({ type: 'join', room: 'general', ...join })
    if (pick([true, false])) peer.send({ type: 'publish', id: `${name}-${n}`, room: 'general', text: 'x' })
    if (pick([false, true])) continue
    await peer.answer(join.id)
    const { seq } = await world.log.read('general', { limit: 1 })
    if (seq > (peer.of('joined').at(-1)?.seq ?? 0)) sees('appended meanwhile')
  }
  return { peer, witness, asked }
}

/** A bot that posts while the others join. */
async function post({ hub }: World, { integer, step }: Exploration): Promise<void> {
  for (let n = integer(1, ACTS); n > 0; n -= 1) {
    await step('a bot posts')
    void hub.post({
      room: 'general',
      id: `bot-${n}`,
      text: 'x',
      author: { id: 'bot:b', name: 'b', kind: 'bot' },
    })
  }
}

export const join: Property = {
  name: 'join',
  promise: 'no message falls between what a join gives and what comes live',
  cases: ['appended meanwhile', 'joined again', 'too far'],
  play: async (exploration, sees) => {
    const { step } = exploration
    const world = new World(exploration, {
      limits: { recoveryMessages: RECOVERED, outboxFrames: exploration.pick([1_024, FEW]) },
      authenticate: async ({ token = '' }) => {
        await step('authenticate')
        return { id: token, name: token }
      },
      rooms: async () => {
        await step('look up the room')
        return true
      },
    })
    const [people] = await Promise.all([
      Promise.all(['ann', 'bob', 'cid'].map(name => live(name, world, exploration, sees))),
      post(world, exploration),
    ])
    await exploration.idle()
    const { seq } = await world.log.read('general', { limit: 1 })
    for (const { peer, witness, asked } of people) {
      witness.look(peer)
      must(witness.last?.seq === seq, `the log is at ${seq}, a subscriber at ${witness.last?.seq}`)
      const joined = peer.of('joined')
      must(joined.length === asked.length, `of ${asked.length} joins ${joined.length} were answered`)
      for (const each of asked)
        judge(
          each,
          joined.find(({ id }) => id === each.id),
        )
      if (joined.length > 1) sees('joined again')
      if (joined.some(({ reason }) => reason === 'too-far')) sees('too far')
    }
    await world.close()
  },
  twin: {
    does: 'forgets what came while the history was read',
    breaks: () =>
      replace(
        Room.prototype,
        'release',
        release =>
          function (this: Room, subscription, joined) {
            subscription.pending = []
            release.call(this, subscription, joined)
          },
      ),
  },
}
