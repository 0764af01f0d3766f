/**
 * A hub with 100 small rooms and one big one, without a network: `node big-room-process.ts <members> <seconds>`.
 * Sends the parent how long messages took to the members.
 */
import { createHub } from '@hubbub/hub'
import { memoryTransport } from '@hubbub/hub/memory'
import { type Counts, Tally } from './tally.ts'
import { numbered } from './text.ts'

/** Latencies in the small rooms, and in the big one. */
export interface BigRoomResult extends Pick<Counts, 'lost' | 'doubled' | 'p50Ms' | 'p99Ms'> {
  readonly bigP99Ms: number
}

const SMALL_ROOMS = 100
const SMALL_MEMBERS = 5
/** Connections of one user in the big room: who is present is told once a user, and this is about messages. */
const DEVICES = 200
/** Each small room has this many messages a second. */
const SMALL_RATE = 2
const BIG_RATE = 5
const CHARACTERS = 120
const TAIL = '","at":"2026-01-01T00:00:00.000Z"}'.length
const REST_MS = 1_000
/** How long the last deliveries may take. */
const PATIENCE_MS = 10_000

const [, , bigMembers, seconds] = process.argv
const hub = createHub({ authenticate: ({ name = '' }) => ({ id: name, name }) })
const connect = memoryTransport(hub)

/** The members of one room. */
class Crew {
  readonly #room: string
  readonly #members: number
  readonly #tally: Tally
  #send: ((text: string) => void) | undefined

  constructor(room: string, members: number, tally: Tally) {
    this.#room = room
    this.#members = members
    this.#tally = tally
  }

  async open(): Promise<void> {
    for (let member = 0; member < this.#members; member += 1) {
      const joined = this.#enter(member)
      // Not all in one turn, or the first would wait for the last.
      if (member % 100 === 99 || member === this.#members - 1) await joined
    }
  }

  publish(n: number): void {
    this.#tally.sent(n, performance.now())
    const text = numbered(n, CHARACTERS)
    this.#send?.(JSON.stringify({ type: 'publish', id: `m${n}`, room: this.#room, text }))
  }

  #enter(member: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const name = `${this.#room}-${Math.floor(member / DEVICES)}`
    const socket = connect('memory:')
    socket.onmessage = ({ data }) => {
      const text = String(data)
      const at = text.length - TAIL - CHARACTERS
      if (at >= 0 && text[at] === '#')
        this.#tally.received(member, Number(text.slice(at + 1, at + 9)), performance.now())
      else if (text.startsWith('{"type":"joined"')) resolve()
    }
    socket.send(JSON.stringify({ type: 'hello', id: 'h', name }))
    socket.send(JSON.stringify({ type: 'join', id: 'j', room: this.#room }))
    this.#send ??= text => {
      socket.send(text)
    }
    return promise
  }
}

/** Calls `act` so many times a second, for a while, with the count of the calls before. */
async function paced(perSecond: number, act: (n: number) => void): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const begin = performance.now()
  let done = 0
  const timer = setInterval(() => {
    const passed = (performance.now() - begin) / 1_000
    for (; done < Math.min(passed, Number(seconds)) * perSecond; done += 1) act(done)
    if (passed < Number(seconds)) return
    clearInterval(timer)
    resolve()
  }, 1)
  return promise
}

/** To the tally, the small rooms are senders with the same few clients. */
const smallTally = new Tally(SMALL_MEMBERS, SMALL_ROOMS)
const bigTally = new Tally(Number(bigMembers), 1)
const small = Array.from(
  { length: SMALL_ROOMS },
  (_, index) => new Crew(`small-${index}`, SMALL_MEMBERS, smallTally),
)
const big = new Crew('big', Number(bigMembers), bigTally)
for (const crew of [...small, big]) await crew.open()
// Who has joined is still being told.
await new Promise(resolve => setTimeout(resolve, REST_MS))
await Promise.all([
  paced(SMALL_RATE * SMALL_ROOMS, n => {
    small[n % SMALL_ROOMS]?.publish(n)
  }),
  paced(Number(bigMembers) > 0 ? BIG_RATE : 0, n => {
    big.publish(n)
  }),
])
const end = performance.now() + PATIENCE_MS
while (smallTally.missing + bigTally.missing > 0 && performance.now() < end)
  await new Promise(resolve => setTimeout(resolve, 10))

const inSmall = smallTally.counts()
const inBig = bigTally.counts()
const result: BigRoomResult = {
  lost: inSmall.lost + inBig.lost,
  doubled: inSmall.doubled + inBig.doubled,
  p50Ms: inSmall.p50Ms,
  p99Ms: inSmall.p99Ms,
  bigP99Ms: Number(bigMembers) > 0 ? inBig.p99Ms : 0,
}
process.send?.(result)
process.once('disconnect', () => process.exit())
