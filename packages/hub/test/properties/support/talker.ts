import type { Exploration } from '@hubbub/hub/testing'
import { must } from './must.ts'
import { Wire } from './wire.ts'
import { Witness } from './witness.ts'
import type { World } from './world.ts'

/** Refusals in a row that are too many. */
const FLOOD = 100

/** Somebody who speaks, gives commands and floods, and knows of each frame whether it must be taken or refused. */
export class Talker {
  readonly name: string
  /** What was taken, in the order of sending; `join` is first. */
  readonly taken = ['join']
  readonly refused: string[] = []
  readonly commands = new Set<string>()
  /** How many of those that were taken a middleware has seen. */
  begun = 0
  readonly #wire: Wire
  readonly #waiting: number
  #inARow = 0

  /** @param waiting How many of its frames may wait. */
  constructor(name: string, { hub }: World, waiting: number) {
    this.name = name
    this.#waiting = waiting
    this.#wire = new Wire(hub)
  }

  get flooded(): boolean {
    return this.#inARow >= FLOOD
  }

  async live({ integer, pick, step }: Exploration): Promise<void> {
    const { name } = this
    this.#wire.say({ type: 'hello', id: 'h', name }, { type: 'join', id: 'join', room: 'general', last: 0 })
    for (let n = integer(1, 6); n > 0; n -= 1) {
      await step(`${name} speaks`)
      for (let burst = pick([1, 1, 2, 1, 3, 1, 4, FLOOD + this.#waiting]); burst > 0; burst -= 1)
        this.#publish(pick(['x', 'x', '/command']))
    }
  }

  /** All that it sent was answered as it must be, but for commands while no bot has taken them. */
  judge(isBotBack: boolean): void {
    const { commands, flooded, refused } = this
    const { frames, closed } = this.#wire
    must(closed === (flooded ? 4429 : undefined), `closed with ${closed}`)
    const errors = frames.flatMap(frame => (frame.type === 'error' ? [frame.id] : []))
    must(errors.join() === refused.join(), `${errors.join()} were refused instead of ${refused.join()}`)
    const due = this.taken.slice(1).filter(id => isBotBack || !commands.has(id))
    const acks = frames.flatMap(frame => (frame.type === 'ack' ? [frame] : []))
    for (const { id, command = false } of acks)
      must(command === commands.has(id), `${id} was acked as ${command ? 'a command' : 'a message'}`)
    must(
      flooded ||
        acks
          .map(({ id }) => id)
          .toSorted()
          .join() === due.toSorted().join(),
      `of ${due.length} publishes ${acks.length} were acked`,
    )
    new Witness().look(this.#wire)
    for (const [index, frame] of frames.entries())
      must(
        frame.type !== 'message' ||
          frame.author.name !== this.name ||
          acks.some(ack => ack.id === frame.id && frames.indexOf(ack) < index),
        'a message came before its ack',
      )
  }

  #publish(text: string): void {
    if (this.flooded) return
    const id = `${this.name}-${this.taken.length + this.refused.length}`
    const fits = this.taken.length - this.begun < this.#waiting
    this.#inARow = fits ? 0 : this.#inARow + 1
    if (fits) this.taken.push(id)
    else this.refused.push(id)
    if (fits && text === '/command') this.commands.add(id)
    this.#wire.say({ type: 'publish', id, room: 'general', text })
  }
}
