import type { Transport } from '@hubbub/hub'
import { Wire, type WireFrame } from './wire.ts'
import type { World } from './world.ts'

/** Notes in which turn of the hub it was written to. */
export class TimedWire extends Wire {
  /** Writes by turn, but for those with which the hub goes on when the platform has taken something. */
  readonly writes = new Map<number, number>()
  /** Turns by the id of the frame that was written. */
  readonly turns = new Map<string, number>()
  readonly #world: World
  #drains = false

  constructor(world: World, transport?: Transport<WireFrame>) {
    super(world.hub, transport)
    this.#world = world
  }

  override write(frames: readonly WireFrame[]): void {
    super.write(frames)
    const { turns } = this.#world
    for (const { message } of frames) if ('id' in message) this.turns.set(message.id ?? '', turns)
    if (!this.#drains) this.writes.set(turns, (this.writes.get(turns) ?? 0) + 1)
  }

  override take(bytes?: number): void {
    this.#drains = true
    super.take(bytes)
    this.#drains = false
  }
}
