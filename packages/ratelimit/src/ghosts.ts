/**
 * Slots for each key that the table holds, at least: a flood has to be many times the table to wash a ghost out.
 * More would last longer, but the default table's 2 MB still fit into a processor's cache; 4 MB made a newcomer
 * cost a sixth more.
 */
const PER_KEY = 8
const MIN_SLOTS = 2 ** 12
const MAX_SLOTS = 2 ** 20

/**
 * What keys owed when they were pushed out of the table: 16 bytes for each, by a fingerprint of 32 bits, so that
 * a key that comes back owes it still. Like the ghost entries of adaptive caches (Megiddo and Modha, ARC, 2003),
 * which remember that a key was there without keeping it.
 *
 * A set of two slots keeps the two debts that last longest. The hash is seeded, or an attacker would know which
 * keys wash out whose ghost. Two keys are taken for one with a chance of 2^-31.
 */
export class Ghosts {
  /** Sets of [fingerprint, moment, fingerprint, moment]: 32 bytes, so that a look costs one line of the processor's cache. */
  readonly #cells: Float64Array
  readonly #mask: number
  readonly #seed: number
  /** The first cell of the set that `#fingerprint` has found. */
  #set = 0

  constructor(maxKeys: number) {
    const wanted = 2 ** Math.ceil(Math.log2(maxKeys * PER_KEY))
    const slots = Math.min(Math.max(wanted, MIN_SLOTS), MAX_SLOTS)
    this.#cells = new Float64Array(slots * 2)
    this.#mask = slots / 2 - 1
    this.#seed = crypto.getRandomValues(new Int32Array(1))[0] ?? 0
  }

  /** Notes the moment at which the bucket of `key` is full again. */
  remember(key: string, fullAt: number): void {
    const print = this.#fingerprint(key)
    const cells = this.#cells
    const set = this.#set
    let cell = this.#find(print)
    if (cell < 0) cell = (cells[set + 1] ?? 0) <= (cells[set + 3] ?? 0) ? set : set + 2
    cells[cell] = print
    cells[cell + 1] = fullAt
  }

  /** The moment that was noted for `key`, or 0. */
  recall(key: string): number {
    const cell = this.#find(this.#fingerprint(key))
    return cell < 0 ? 0 : (this.#cells[cell + 1] ?? 0)
  }

  forget(key: string): void {
    const cell = this.#find(this.#fingerprint(key))
    if (cell >= 0) this.#cells.fill(0, cell, cell + 2)
  }

  /** Every moment is `shift` units less from now on. */
  rebase(shift: number): void {
    const cells = this.#cells
    for (let cell = 1; cell < cells.length; cell += 2) cells[cell] = Math.max(0, (cells[cell] ?? 0) - shift)
  }

  #find(print: number): number {
    const set = this.#set
    if (this.#cells[set] === print) return set
    return this.#cells[set + 2] === print ? set + 2 : -1
  }

  /** Two hashes in one pass (FNV-1a with two primes, finished as in MurmurHash3): one chooses the set, one is kept. */
  #fingerprint(key: string): number {
    let one = this.#seed ^ 0x81_1c_9d_c5
    let other = ~this.#seed
    for (let i = 0; i < key.length; i++) {
      const code = key.charCodeAt(i)
      one = Math.imul(one ^ code, 0x01_00_01_93)
      other = Math.imul(other ^ code, 0x85_eb_ca_6b)
    }
    this.#set = (finish(one) & this.#mask) * 4
    // 0 marks an empty slot.
    return finish(other ^ one) || 1
  }
}

function finish(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2_b2_ae_35)
  return mixed ^ (mixed >>> 16)
}
