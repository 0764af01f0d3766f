import { nameKey } from '@hubbub/hub'
import { must } from './must.ts'
import type { World } from './world.ts'

/** When something happened: in the order of all that was seen, and by the clock. */
interface Moment {
  readonly order: number
  readonly ms: number
}

/** Something that happened not before the one moment, and not after the other. */
interface Span {
  readonly from: Moment
  readonly to?: Moment
}

/** A guest's session and its name, as far as anybody outside can tell. */
export interface Claim {
  readonly key: string
  readonly said: Moment
  welcomed: Moment | undefined
  /** Its connection broke: it is over when the grace is. */
  cut: Span | undefined
  /** It ended at once. */
  end: Span | undefined
}

/** Who may have which name: judges each answer to a hello by what is certain of all others. */
export class Registry {
  readonly #world: World
  readonly #graceMs: number
  readonly #claims = new Set<Claim>()
  readonly #bots = new Map<string, Moment>()
  #events = 0

  constructor(world: World, graceMs: number) {
    this.#world = world
    this.#graceMs = graceMs
  }

  now(): Moment {
    return { order: (this.#events += 1), ms: this.#world.clock.monotonic() }
  }

  /** A bot has the name from now on. */
  reserve(name: string): void {
    this.#bots.set(nameKey(name), this.now())
  }

  /** A guest says hello. */
  claim(name: string): Claim {
    const claim = {
      key: nameKey(name),
      said: this.now(),
      welcomed: undefined,
      cut: undefined,
      end: undefined,
    }
    this.#claims.add(claim)
    return claim
  }

  /** The hello only gave back the session that there was. */
  resumed(claim: Claim, before: Claim): void {
    must(!before.cut?.to || !this.#isOver(before, claim.said), `${before.key} was resumed after its grace`)
    this.#claims.delete(claim)
    before.cut = undefined
  }

  /** The name was given to somebody new. Returns whose it was before. */
  given(claim: Claim): readonly Claim[] {
    const bot = this.#bots.get(claim.key)
    must(!bot || bot.order > claim.said.order, `${claim.key} was given although it is a bot's`)
    const others = this.#others(claim)
    must(!others.some(each => this.#hasAllAlong(each, claim.said)), `${claim.key} was given to two`)
    claim.welcomed = this.now()
    return others.filter(each => this.#isOver(each, claim.said))
  }

  /** The name was refused, because it is somebody's who is not `before`. Returns whose it may be. */
  refused(claim: Claim, before?: Claim): readonly Claim[] {
    this.#claims.delete(claim)
    const holders = this.#others(claim).filter(each => each !== before && !this.#isOver(each, claim.said))
    must(this.#bots.has(claim.key) || holders.length > 0, `${claim.key} was free and not given`)
    return holders
  }

  #others({ key, said }: Claim): Claim[] {
    return [...this.#claims].filter(each => each.key === key && each.said !== said)
  }

  /** Whether a session has its name for certain, from a moment until now. */
  #hasAllAlong({ welcomed, cut, end }: Claim, from: Moment): boolean {
    if (!welcomed || welcomed.order > from.order || end) return false
    return !cut || this.#world.clock.monotonic() < cut.from.ms + this.#graceMs
  }

  /** Whether a session was gone for certain at a moment. */
  #isOver({ cut, end }: Claim, at: Moment): boolean {
    if (end?.to && end.to.order < at.order) return true
    // At the very millisecond, others whose time has come as well may be served first.
    return cut?.to !== undefined && at.ms > cut.to.ms + this.#graceMs
  }
}
