import { LRUCache } from 'lru-cache'
import { Ghosts } from './ghosts.ts'

/** What is kept of one key. Mutable, so that a decision on a known key allocates nothing. */
export interface Entry {
  key: string
  /**
   * The moment, in units, at which this key's bucket is full again (GCRA's theoretical arrival time). It owes
   * the units between now and then; in the past means full.
   */
  fullAt: number
}

/** What to do with a new key when the table is full of keys that owe. */
export type OnFull = 'evict' | 'deny'

/** How many of the coldest keys get a second chance before one of them has to go. */
const CHANCES = 8
const SWEEP_CHUNK = 1_000

/**
 * At most `max` keys, the coldest leaving first, but a key that owes more than one token only after the
 * `CHANCES` coldest all do. With a plain LRU a flood of new keys, one request each, pushes out the key that
 * an attacker is limited by and so refills its bucket; here such flood keys owe one token at most, and push
 * out each other. What a key owed that was pushed out all the same is remembered as a ghost.
 */
export class EntryTable {
  readonly #cache: LRUCache<string, Entry>
  readonly #max: number
  readonly #perToken: number
  readonly #onFull: OnFull
  readonly #pinned: (key: string) => boolean
  /** Made when the first key that owes is pushed out: most tables never need it. */
  #ghosts: Ghosts | undefined
  /** Keys pushed out by newer ones. */
  evicted = 0
  /** Those of them that owed more than one token, the alarm of a saturating flood. */
  evictedWithDebt = 0
  /** Keys forgotten because they were idle. */
  swept = 0

  /** `pinned` names keys that must stay, because somebody waits for their tokens. */
  constructor(max: number, perToken: number, onFull: OnFull, pinned: (key: string) => boolean) {
    this.#cache = new LRUCache({ max })
    this.#max = max
    this.#perToken = perToken
    this.#onFull = onFull
    this.#pinned = pinned
  }

  get size(): number {
    return this.#cache.size
  }

  /** The key's entry, now the hottest. Called without options: lru-cache writes into the object it is given. */
  get(key: string): Entry | undefined {
    return this.#cache.get(key)
  }

  /** The key's entry, its place unchanged. */
  peek(key: string): Entry | undefined {
    return this.#cache.peek(key)
  }

  /** The moment at which the bucket of a key that is not in the table is full again; in the past for a new key. */
  recall(key: string): number {
    return this.#ghosts === undefined ? 0 : this.#ghosts.recall(key)
  }

  /** Adds a key that is not in the table; false when there is no room for it. `recalled` where it has a ghost, which then goes. */
  add(key: string, fullAt: number, now: number, recalled: boolean): boolean {
    if (this.#cache.size < this.#max) {
      if (recalled) this.#ghosts?.forget(key)
      this.#cache.set(key, { key, fullAt })
      return true
    }
    const room = this.#evict(now)
    if (!room) return false
    if (recalled) this.#ghosts?.forget(key)
    // The entry that left is used again: a flood of new keys makes no garbage.
    room.key = key
    room.fullAt = fullAt
    this.#cache.set(key, room)
    return true
  }

  delete(key: string): void {
    this.#cache.delete(key)
    this.#ghosts?.forget(key)
  }

  /** Changes what is remembered of a key that is not in the table. */
  remember(key: string, fullAt: number): void {
    this.#ghosts?.remember(key, fullAt)
  }

  /** Every moment is `shift` units less from now on. */
  rebase(shift: number): void {
    for (const entry of this.#cache.values()) entry.fullAt -= shift
    this.#ghosts?.rebase(shift)
  }

  /**
   * Forgets keys whose bucket was full before `before`, from the cold end up to the first few that were not:
   * no key can be told from a new one by then, and the price does not grow with the keys that stay.
   * Takes 1,000 keys at most; true when there may be more.
   */
  sweep(before: number): boolean {
    const stale: string[] = []
    let fresh = 0
    for (const entry of this.#cache.rvalues()) {
      if (entry === undefined) continue
      if (entry.fullAt < before) stale.push(entry.key)
      // One key with a long penalty must not hold up everything behind it.
      else if (++fresh === CHANCES) break
      if (stale.length === SWEEP_CHUNK) break
    }
    for (const key of stale) this.#cache.delete(key)
    this.swept += stale.length
    return stale.length === SWEEP_CHUNK
  }

  /** Takes out the key that has to go, if one may. */
  #evict(now: number): Entry | undefined {
    const gone = this.#choose(now)
    if (gone !== undefined && gone.fullAt > now) {
      this.#ghosts ??= new Ghosts(this.#max)
      this.#ghosts.remember(gone.key, gone.fullAt)
    }
    return gone
  }

  #choose(now: number): Entry | undefined {
    const harmless = now + this.#perToken
    const coldest = this.#cache.pop()
    if (!coldest) return undefined
    if (coldest.fullAt <= harmless && !this.#pinned(coldest.key)) {
      this.evicted++
      return coldest
    }
    this.#cache.set(coldest.key, coldest)
    const cold = this.#coldest(harmless)
    // Looked at, they are the hottest now: the next newcomer meets others.
    for (const { key } of cold) this.#cache.get(key)
    let least: Entry | undefined
    for (const entry of [coldest, ...cold]) {
      if ((!least || entry.fullAt < least.fullAt) && !this.#pinned(entry.key)) least = entry
    }
    const indebted = least !== undefined && least.fullAt > harmless
    if (!least || (indebted && this.#onFull === 'deny')) return undefined
    this.#cache.delete(least.key)
    this.evicted++
    if (indebted) this.evictedWithDebt++
    return least
  }

  /** The coldest few, up to the first whose loss would harm nobody. */
  #coldest(harmless: number): Entry[] {
    const cold: Entry[] = []
    for (const entry of this.#cache.rvalues()) {
      if (entry === undefined) continue
      cold.push(entry)
      if (cold.length === CHANCES - 1 || (entry.fullAt <= harmless && !this.#pinned(entry.key))) break
    }
    return cold
  }
}
