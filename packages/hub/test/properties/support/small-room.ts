import type { Exploration } from '@hubbub/hub/testing'
import { must } from './must.ts'
import { TimedWire } from './timed-wire.ts'
import type { World } from './world.ts'

/** Somebody pings and is in a small room where a bot posts; knows how many slices may come before the answer. */
export class SmallRoom {
  readonly #wire: TimedWire
  readonly #world: World
  readonly #due: { readonly id: string; readonly after: number; readonly most: number }[] = []

  constructor(world: World) {
    this.#world = world
    this.#wire = new TimedWire(world)
    this.#wire.say(
      { type: 'hello', id: 'h', token: 'small' },
      { type: 'join', id: 'j', room: 'small', last: 0 },
    )
  }

  async live({ integer, pick, step }: Exploration): Promise<void> {
    for (let n = integer(1, 8); n > 0; n -= 1) {
      await step('a small room')
      const id = `${n}`
      const isPing = pick([true, false])
      if (!isPing) await this.#post(id)
      this.#due.push({ id, after: this.#world.turns, most: isPing ? 0 : 1 })
      if (isPing) this.#wire.say({ type: 'ping', id })
    }
  }

  /** Throws where something came too late; says whether something came while the large room was being served. */
  judge(slices: readonly number[]): boolean {
    let between = false
    for (const { id, after, most } of this.#due) {
      const turn = this.#wire.turns.get(id)
      must(turn !== undefined, `${id} never came`)
      const before = slices.filter(slice => slice > after && slice < turn).length
      must(before <= most, `${id} came after ${before} slices`)
      between ||= slices.some(slice => slice <= turn) && slices.some(slice => slice > turn)
    }
    return between
  }

  #post(id: string) {
    const author = { id: 'bot:b', name: 'b', kind: 'bot' } as const
    return this.#world.hub.post({ room: 'small', id, text: 'x', author })
  }
}
