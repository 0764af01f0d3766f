import type { ServerMessageOf } from '@hubbub/hub'
import { type Exploration, VirtualClock } from '@hubbub/hub/testing'
import { People } from '../../src/client/people.ts'
import { Presence } from '../../src/presence.ts'
import { must } from './support/must.ts'
import { type Property, replace } from './support/property.ts'

/** Above this many people, nobody is listed. */
const LISTED = 200
const GRACE_MS = 1_000
const ACTS = 6

/** Some who come and go together: by themselves, or because a connection of theirs breaks. */
async function roam(names: readonly string[], presence: Presence, { integer, pick, step }: Exploration) {
  const all = names.map(id => ({ session: id, user: { id, name: id } }))
  let isIn = false
  for (let act = integer(1, ACTS); act > 0; act -= 1) {
    await step('they move')
    const grace = pick([false, true])
    for (const each of all)
      if (isIn) presence.exit(each, grace)
      else presence.enter(each)
    isIn = !isIn
  }
  return isIn ? names : []
}

/** A client of the room, to whom what is sent comes in order, each in a turn of its own. */
class Follower {
  readonly people = new People()
  readonly #exploration: Exploration
  readonly #sees: (what: string) => void
  readonly #rejoin: () => void
  #arrived = Promise.resolve()
  #failure: Error | undefined

  constructor(exploration: Exploration, sees: (what: string) => void, rejoin: () => void) {
    this.#exploration = exploration
    this.#sees = sees
    this.#rejoin = rejoin
  }

  joined(snapshot: ReturnType<Presence['snapshot']>): void {
    const rest = {
      type: 'joined',
      id: 'j',
      room: 'r',
      epoch: 'e',
      seq: 0,
      messages: [],
      recovered: false,
    } as const
    this.#send(() => {
      this.people.joined({ ...rest, ...snapshot })
    })
  }

  told(update: ServerMessageOf<'presence'>): void {
    this.#send(() => {
      const { count: before } = this.people
      const change = this.people.apply(update)
      const { members, count } = this.people
      must(members.length === 0 || members.length === count, `${members.length} of ${count} are known`)
      if (before <= LISTED && count > LISTED) this.#sees('rose above')
      if (before > LISTED && count <= LISTED) this.#sees('fell below')
      if (change !== 'gap') return
      this.#sees('joined again')
      this.#rejoin()
    })
  }

  /** Throws what went wrong. */
  check(): void {
    if (this.#failure) throw this.#failure
  }

  #send(arrive: () => void): void {
    this.#arrived = this.#arrived
      .then(() => this.#exploration.step('it arrives'))
      .then(arrive)
      .catch((error: Error) => {
        this.#failure ??= error
      })
  }
}

export const crowd: Property = {
  name: 'crowd',
  promise: `a client of a room of about ${LISTED} knows all who are in it or none, and how many they are`,
  cases: ['rose above', 'fell below', 'joined again', 'listed', 'not listed'],
  play: async (exploration, sees) => {
    const { integer, pick, step, idle, scheduler } = exploration
    const clock = new VirtualClock()
    const follower: Follower = new Follower(exploration, sees, () => {
      follower.joined(presence.snapshot())
    })
    const presence: Presence = new Presence('r', {
      clock,
      scheduler,
      graceMs: GRACE_MS,
      publish: update => {
        follower.told(update)
      },
      onEmpty: () => {},
    })
    const always = Array.from({ length: LISTED - 2 }, (_, n) => `person ${n}`)
    for (const id of always) presence.enter({ session: id, user: { id, name: id } })
    follower.joined(presence.snapshot())
    const pass = async () => {
      for (let more = integer(0, 4); more > 0; more -= 1) {
        await step('time passes')
        await clock.advance(pick([GRACE_MS, 1]))
      }
    }
    const groups = [['ann'], ['bob', 'cid'], ['dan', 'eve', 'fay']]
    const roaming = groups.map(names => roam(names, presence, exploration))
    const [, ...stay] = await Promise.all([pass(), ...roaming])
    for (let more = 0; more < 3; more += 1) {
      await idle()
      await clock.advance(GRACE_MS)
    }
    await idle()
    follower.check()
    const truth = [...always, ...stay.flat()]
    const { members, count } = follower.people
    must(count === truth.length, `${truth.length} people were counted as ${count}`)
    const known = members.map(({ id }) => id).toSorted()
    const isListed = count <= LISTED
    must(known.join() === (isListed ? truth.toSorted().join() : ''), `${known.length} of ${count} are known`)
    sees(isListed ? 'listed' : 'not listed')
    presence.close()
    must(clock.pending === 0, `${clock.pending} timers are left`)
  },
  twin: {
    does: 'has clients that believe in what is left of a list',
    breaks: () =>
      replace(
        People.prototype,
        'apply',
        apply =>
          function (this: People, update) {
            const change = apply.call(this, update)
            return change === 'gap' ? 'changed' : change
          },
      ),
  },
}
