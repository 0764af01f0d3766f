import type { Subscription } from './subscription.ts'

/**
 * The rooms of one session. A list, because most sessions are in one room or three, and a `Map` of one takes as
 * much memory as the rest of a session; at the limit of a hundred rooms, looking one up is still a microsecond.
 */
export class Subscriptions {
  /** Replaced and never changed: a list that grows in place keeps room for sixteen more. */
  #list: readonly Subscription[] = []

  get size(): number {
    return this.#list.length
  }

  get(room: string): Subscription | undefined {
    return this.#list.find(each => each.room.name === room)
  }

  has(room: string): boolean {
    return this.get(room) !== undefined
  }

  add(subscription: Subscription): void {
    // Not by spreading, which leaves the same room behind.
    this.#list = this.#list.concat(subscription)
  }

  delete(subscription: Subscription): void {
    this.#list = this.#list.filter(each => each !== subscription)
  }

  /** Those that there are now; one that ends meanwhile is still among them. */
  values(): readonly Subscription[] {
    return this.#list
  }
}
