import type { Exploration } from '@hubbub/hub/testing'
import type { Peer } from '../../support/peer.ts'
import { must } from './must.ts'
import { Witness } from './witness.ts'
import type { World } from './world.ts'

/** Sends each message up to three times: at once, after the answer, or from the next connection of the session. */
export class Retrier {
  readonly peers: Peer[] = []
  readonly #name: string
  readonly #world: World
  readonly #witness = new Witness()
  /** Ids in the order of sending, one for each attempt. */
  readonly #asked = new Map<Peer, string[]>()

  constructor(name: string, world: World) {
    this.#name = name
    this.#world = world
  }

  /** Ids that were sent, one for each attempt. */
  get sent(): string[] {
    return [...this.#asked.values()].flat()
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
    for (const id of new Set(this.sent)) while (!isAcked(id)) await this.#publish(peer, id)
  }

  /** What its publishes were answered on one connection. */
  answers(peer: Peer) {
    return [...peer.of('ack'), ...peer.of('error')].filter(({ id }) => id?.startsWith(`${this.#name}-`))
  }

  /** Everything was answered once, each ack came before the message, and each message was shown once up to `seq`. */
  judge(seq: number): void {
    const { sent } = this
    for (const peer of this.peers) {
      const answers = this.answers(peer)
      const asked = this.#asked.get(peer)?.length ?? 0
      must(answers.length === asked || !!peer.closed, `of ${asked} publishes ${answers.length} were answered`)
      for (const [index, { type, ...frame }] of peer.frames.entries())
        if (type === 'message' && 'id' in frame) {
          const isFirst =
            sent.filter(id => id === frame.id).length === 1 && this.#asked.get(peer)?.includes(frame.id)
          const before = peer.frames.slice(0, index)
          must(
            !isFirst || before.some(each => each.type !== 'message' && 'id' in each && each.id === frame.id),
            `${frame.id} came before its answer`,
          )
        }
    }
    const [last] = this.peers.slice(-1)
    if (last) this.#witness.look(last)
    must(this.#witness.last?.seq === seq, `the log is at ${seq}, a subscriber at ${this.#witness.last?.seq}`)
    must(this.#witness.holes === 0, 'a hole was named, although nothing was lost')
  }

  /** Resolves when every attempt on this connection is answered, or it is gone. */
  async #publish(peer: Peer, id: string): Promise<void> {
    const asked = [...(this.#asked.get(peer) ?? []), id]
    this.#asked.set(peer, asked)
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
    if (before) this.#witness.look(before)
    this.#witness.reconnected()
    for (let n = 1; peer.of('joined').length === 0; n += 1) {
      const { last } = this.#witness
      peer.send({ type: 'join', id: `${n}`, room: 'general', ...(last ? { after: last } : { last: 0 }) })
      await peer.answer(`${n}`)
    }
    return peer
  }
}
