import type { LoggedMessage } from '@hubbub/hub'
import type { Exploration } from '@hubbub/hub/testing'
import { must } from '../../../../hub/test/properties/support/must.ts'
import type { World } from '../../../../hub/test/properties/support/world.ts'
import type { Peer } from '../../../../hub/test/support/peer.ts'
import type { Command } from '../../../src/broker/broker.ts'
import { type Line, LINES } from './lines.ts'

const ACTS = 6
/** The longest that somebody thinks before they go on: longer than a command may take. */
const THINK_MS = 4_000
/** What is left of their patience, in milliseconds, where they say so; less than 1,200 is too little. */
const BUDGETS = [undefined, undefined, 30_000, 2_500, 1_200, 1_199] as const

/** Something that was said, on one connection or several. */
interface Said {
  readonly id: string
  readonly line: Line
  readonly on: Set<Peer>
}

/** What has come of all that was said. */
export interface Outcome {
  readonly messages: readonly LoggedMessage[]
  readonly sent: readonly Command[]
  /** Ids of what was handed over or written down, in order. */
  readonly entered: readonly string[]
}

/** Somebody who talks, gives commands, repeats what they said, and loses the connection in between. */
export class Speaker {
  readonly #name: string
  readonly #world: World
  readonly #said: Said[] = []
  readonly peers: Peer[] = []

  constructor(name: string, world: World) {
    this.#name = name
    this.#world = world
  }

  async speak({ pick, integer }: Exploration): Promise<void> {
    let peer = await this.#enter()
    const publish = (said: Said): void => {
      this.#publish(said, peer, pick(BUDGETS))
    }
    for (let act = integer(1, ACTS); act > 0; act -= 1) {
      if (pick([false, false, true])) await this.#think(integer(1, THINK_MS))
      const last = this.#said.at(-1)
      const way = pick(['say', 'say', 'say', 'repeat', 'return'])
      if (way === 'return') {
        peer.close(1006)
        await peer.end()
        peer = await this.#enter()
        for (const said of this.#said) if (this.#answers(said).length === 0) publish(said)
      } else if (way === 'repeat' && last) publish(last)
      else {
        const said = { id: `${this.#name}-${act}`, line: pick(LINES), on: new Set<Peer>() }
        this.#said.push(said)
        publish(said)
      }
    }
  }

  /** Nothing is under way but answers of brokers and bots: no text waits for one. */
  look(): void {
    const peer = this.peers.at(-1)
    for (const said of this.#said)
      if (peer && said.on.has(peer) && 'shown' in said.line)
        must(this.#answers(said).length > 0, `${said.id} waits behind a command`)
  }

  /** Judges what has come of it. */
  judge({ messages, sent, entered }: Outcome, sees: (what: string) => void): void {
    for (const said of this.#said) {
      const { id, line } = said
      const acks = this.#answers(said).filter(frame => frame.type === 'ack')
      const own = messages.filter(message => message.author.kind === 'user' && message.id === id)
      const replies = messages.filter(message => message.replyTo === id)
      const handed = sent.filter(({ commandId }) => commandId === id)
      if ('shown' in line) {
        must(handed.length + replies.length === 0, `${line.text} was taken for a command`)
        must(
          acks.every(({ command, seq }) => !command && seq === own[0]?.seq),
          `${line.text} has a wrong ack`,
        )
        must(
          own.every(({ text }) => text === line.shown),
          `${line.text} was shown otherwise`,
        )
      } else {
        const { name, args } = line
        must(own.length === 0, `${line.text} is in the room`)
        must(
          acks.every(({ command, seq }) => command && seq === undefined),
          `${line.text} has a wrong ack`,
        )
        must(
          handed.every(each => each.name === name && each.args === args),
          `${line.text} was sent otherwise`,
        )
        const least = acks.length > 0 ? 1 : 0
        must(replies.length >= least && replies.length <= 1, `${line.text} has ${replies.length} replies`)
        if (replies[0]?.text.includes('no answer in time')) sees('no answer in time')
        if (handed.length > 1) sees('handed over again')
        if (this.#isTooLate(said)) sees('too late')
      }
      this.#judgeAcks(said)
    }
    if (this.peers.length > 1) return
    // What came too late is not handed over, unless it is given again.
    const own = this.#said.filter(said => !this.#isTooLate(said)).map(({ id }) => id)
    const order = entered.filter((id, at) => own.includes(id) && entered.indexOf(id) === at)
    must(order.join() === own.join(), `${this.#name} was heard as ${order.join()}`)
  }

  /** On the one connection where something was said, its ack comes before what it leads to. */
  #judgeAcks({ id, on }: Said): void {
    const [peer, ...more] = on
    // What was refused may be answered all the same, and acked when it is said again.
    if (!peer || more.length > 0 || peer.of('error').some(error => error.id === id)) return
    const ack = peer.frames.findIndex(frame => frame.type === 'ack' && frame.id === id)
    const shown = peer.frames.findIndex(
      frame => frame.type === 'message' && (frame.id === id || frame.replyTo === id),
    )
    must(ack === -1 || shown === -1 || ack < shown, `${id} was acked behind what it led to`)
  }

  #isTooLate(said: Said): boolean {
    return this.#answers(said).some(frame => frame.type === 'error' && frame.message.startsWith('Too late'))
  }

  #answers({ id }: Said) {
    return this.peers.flatMap(({ frames }) =>
      frames.filter(frame => (frame.type === 'ack' || frame.type === 'error') && frame.id === id),
    )
  }

  #publish({ id, line, on }: Said, peer: Peer, budgetMs: number | undefined): void {
    on.add(peer)
    peer.send({ type: 'publish', id, room: 'general', text: line.text, budgetMs })
  }

  async #enter(): Promise<Peer> {
    const peer = this.#world.peer()
    this.peers.push(peer)
    peer.send({ type: 'hello', id: 'h', token: this.#name }, { type: 'join', id: 'j', room: 'general' })
    await peer.next('joined')
    return peer
  }

  async #think(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#world.clock.setTimer(resolve, ms)
    await promise
  }
}
