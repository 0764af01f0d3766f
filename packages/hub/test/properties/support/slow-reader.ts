import type { Exploration } from '@hubbub/hub/testing'
import { must } from './must.ts'
import { Wire } from './wire.ts'
import { Witness } from './witness.ts'
import type { World } from './world.ts'

/** Reads now and then, and keeps account of what must be answered. Joins `dropping`, and sometimes `cutting`. */
export class SlowReader extends Wire {
  override stalled = true
  /** When it last took something. */
  takenAt = 0
  closedAt = 0
  readonly #world: World
  readonly #asked: string[] = []
  readonly #witnesses = new Map<string, Witness>()

  constructor(world: World) {
    super(world.hub)
    this.#world = world
  }

  /** Whether it was told of messages that were left out. */
  get skipped(): boolean {
    return this.frames.some(({ type }) => type === 'skipped')
  }

  async live({ integer, pick, step }: Exploration): Promise<void> {
    this.#ask({ type: 'hello', id: 'h', name: 'ann' })
    for (const room of pick([['dropping'], ['dropping', 'cutting']])) {
      this.#witnesses.set(room, new Witness(room))
      this.#ask({ type: 'join', id: room, room, last: 0 })
    }
    for (let n = integer(1, 8); n > 0; n -= 1) {
      await step('a slow reader acts')
      const act = pick(['take all', 'take some', 'ping', 'publish', 'history'])
      if (act === 'take all') this.take()
      else if (act === 'take some') this.take(Math.ceil(this.bufferedBytes / 3))
      else this.#ask({ type: act, id: `${n}`, room: 'dropping', text: 'x' })
    }
  }

  /** Whether it has or had its place, every hole is named, and everything was answered if it read on to the end. */
  async judge(): Promise<void> {
    for (const [room, witness] of this.#witnesses) {
      witness.look(this)
      must(room === 'dropping' || witness.holes === 0, 'a room that drops nothing has a hole')
      const { seq } = await this.#world.log.read(room, { limit: 1 })
      must(
        this.closed !== undefined || witness.last?.seq === seq,
        `of ${seq} it was told ${witness.last?.seq}`,
      )
    }
    if (this.closed !== undefined) return
    for (const id of this.#asked) {
      const answers = this.frames.filter(
        frame => frame.type !== 'message' && 'id' in frame && frame.id === id,
      )
      must(answers.length === 1, `${id} was answered ${answers.length} times`)
    }
  }

  override take(bytes?: number): void {
    if (this.bufferedBytes > 0 && this.closed === undefined) this.takenAt = this.#world.clock.monotonic()
    super.take(bytes)
  }

  override close(code: number, reason: string): void {
    this.closedAt = this.#world.clock.monotonic()
    super.close(code, reason)
  }

  #ask(message: { readonly id: string; readonly [field: string]: unknown }): void {
    this.#asked.push(message.id)
    this.say(message)
  }
}
