import type { Hub } from '@hubbub/hub'
import type { Exploration } from '@hubbub/hub/testing'

/** Has a bot post texts whose author counts how often it is made JSON. */
export class Poster {
  readonly encoded = new Map<string, number>()
  readonly #hub: Hub
  readonly #rooms: readonly [string, ...string[]]

  constructor(hub: Hub, rooms: readonly [string, ...string[]]) {
    this.#hub = hub
    this.#rooms = rooms
  }

  async live({ integer, pick, step }: Exploration): Promise<void> {
    for (let n = integer(1, 6); n > 0; n -= 1) {
      await step('a bot posts')
      for (let more = integer(1, 3); more > 0; more -= 1) this.#post(`${n}-${more}`, pick(this.#rooms))
    }
  }

  #post(id: string, room: string): void {
    const { encoded } = this
    encoded.set(id, 0)
    const plain = { id: 'bot:b', name: 'b', kind: 'bot' as const }
    const author = {
      ...plain,
      toJSON: () => {
        encoded.set(id, (encoded.get(id) ?? 0) + 1)
        return plain
      },
    }
    void this.#hub.post({ room, id, text: 'x', author })
  }
}
