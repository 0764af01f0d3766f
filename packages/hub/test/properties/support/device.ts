import type { Exploration } from '@hubbub/hub/testing'
import { People } from '../../../src/client/people.ts'
import type { Peer } from '../../support/peer.ts'
import { must } from './must.ts'
import type { World } from './world.ts'

/** How long somebody whose connection broke is shown, where devices come and go. */
export const GRACE_MS = 2_000

/** What a room is believed to hold: who is there, under which name. */
const shown = ({ members, count }: Pick<People, 'members' | 'count'>): string => {
  const names = members.map(({ id, name }) => `${id} as ${name}`).toSorted()
  must(count === names.length, `${count} people, listed as ${names.join(', ')}`)
  return names.join(', ')
}

/** One device of a user: what it was told of the room, and whether its user must be shown because of it. */
export class Device {
  readonly user: string
  readonly #world: World
  readonly #exploration: Exploration
  readonly #people = new People()
  #peer: Peer | undefined
  #session: string | undefined
  #read = 0
  #joined = false
  /** When its subscription broke, at the earliest and at the latest; undefined where it did not. */
  #broke: { readonly from: number; readonly to: number } | undefined

  constructor(user: string, world: World, exploration: Exploration) {
    this.user = user
    this.#world = world
    this.#exploration = exploration
  }

  get joined(): boolean {
    return this.#joined
  }

  /** Whether its user is in the room by it; undefined where that is a matter of when exactly it broke. */
  get present(): boolean | undefined {
    if (this.#joined) return true
    if (!this.#broke) return false
    if (this.#now < this.#broke.from + GRACE_MS) return true
    return this.#now < this.#broke.to + GRACE_MS ? undefined : false
  }

  /** What it was told, diff by diff. Throws where a diff was left out, repeated, or given to somebody who is out. */
  get belief(): string {
    for (const frame of this.#peer?.frames.slice(this.#read) ?? []) {
      this.#read += 1
      if (frame.type === 'joined') this.#people.joined(frame)
      else if (frame.type === 'presence') {
        const change = this.#people.apply(frame)
        must(change === 'changed', `version ${frame.version} of the presence is a ${change}`)
      }
    }
    return shown(this.#people)
  }

  /** Comes, goes, and loses its connection. */
  async act(): Promise<void> {
    const { pick } = this.#exploration
    const peer = this.#peer
    if (pick([false, false, true])) await this.#world.pass(pick([GRACE_MS, GRACE_MS - 1, 1]))
    const way = peer ? pick(['join', 'leave', 'cut', 'goodbye', 'connect']) : 'connect'
    if (!peer || way === 'connect') await this.#connect()
    else if (way === 'cut' || way === 'goodbye') await this.#end(peer, way === 'cut' ? 1006 : 1000)
    else if (way === 'leave' && this.#joined) await this.#leave(peer)
    else await this.join()
  }

  /** Joins, or joins again; resolves with the room as it is. */
  async join(): Promise<string> {
    const peer = this.#peer ?? (await this.#connect())
    peer.send({ type: 'join', id: 'j', room: 'general' })
    const joined = await peer.next('joined', peer.of('joined').length + 1)
    this.#joined = true
    this.#broke = undefined
    return shown(joined)
  }

  get #now(): number {
    return this.#world.clock.monotonic()
  }

  /** Comes back under its session, be its old connection still open or not. */
  async #connect(): Promise<Peer> {
    const from = this.#now
    const peer = this.#world.peer()
    const token = `${this.user} ${this.#exploration.pick(['x', 'X'])}`
    peer.send({ type: 'hello', id: 'h', token, ...(this.#session && { session: this.#session }) })
    const { session } = await peer.next('welcome')
    if (this.#joined) this.#broke = { from, to: this.#now }
    this.#joined = false
    this.#session = session
    this.#read = 0
    this.#peer = peer
    return peer
  }

  async #leave(peer: Peer): Promise<void> {
    peer.send({ type: 'leave', id: 'l', room: 'general' })
    await peer.next('left', peer.of('left').length + 1)
    this.#joined = false
  }

  async #end(peer: Peer, code: number): Promise<void> {
    const from = this.#now
    peer.close(code)
    await peer.end()
    if (code === 1000) this.#session = this.#broke = undefined
    else if (this.#joined) this.#broke = { from, to: this.#now }
    this.#joined = false
    this.#peer = undefined
  }
}
