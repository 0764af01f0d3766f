import type { Member, ServerMessageOf } from '../protocol/messages.ts'

/** Above this many people a server lists nobody, only how many they are. */
const MAX_LISTED = 200

/** Who is in one room, kept from `joined` and the diffs that follow it. Pure state, no effects. */
export class People {
  #members: readonly Member[] = []
  #count = 0
  #version = 0

  get members(): readonly Member[] {
    return this.#members
  }

  get count(): number {
    return this.#count
  }

  /** A `joined` begins anew: versions have meaning only behind it. */
  joined({ members, count, version }: ServerMessageOf<'joined'>): void {
    this.#members = members
    this.#count = count
    this.#version = version
  }

  /** Applies a diff. `gap`: it does not follow, or the names cannot be known from it; join again. */
  apply({ version, joined, left, count }: ServerMessageOf<'presence'>): 'changed' | 'stale' | 'gap' {
    if (version <= this.#version) return 'stale'
    if (version !== this.#version + 1) return 'gap'
    this.#version = version
    this.#count = count
    if (count > MAX_LISTED) {
      this.#members = []
      return 'changed'
    }
    const gone = new Set([...left, ...joined].map(({ id }) => id))
    const members = [...this.#members.filter(({ id }) => !gone.has(id)), ...joined]
    // The room was too large to be listed and is not any more: a fresh `joined` has the names. Until then, none is
    // better than some.
    this.#members = members.length === count ? members : []
    return members.length === count ? 'changed' : 'gap'
  }
}
