import { type Exploration, ExplorationError, explore } from '@hubbub/hub/testing'
import type { Property } from './property.ts'

/** How much is verified, and how it is replayed. */
export interface VerifyOptions {
  readonly runs: number
  readonly seed?: number
  readonly run?: number
}

/** What was found of one property. */
export interface Verdict {
  /** Orders that were tried. */
  readonly runs: number
  /** Where the promise did not hold, with the seed that replays it. */
  readonly failure: Error | undefined
  /** Orders until the broken twin was caught; undefined where it was not. */
  readonly caughtAfter: number | undefined
  /** How many orders came to each of the cases. */
  readonly seen: ReadonlyMap<string, number>
}

/** Checks that a promise holds in every order, and that the same play catches a hub that breaks it. */
export async function verify({ play, twin, cases = [] }: Property, options: VerifyOptions): Promise<Verdict> {
  const seen = new Map(cases.map(name => [name, 0]))
  let failure: Error | undefined
  let { runs } = options
  try {
    ;({ runs } = await explore(counting(play, seen), options))
  } catch (error) {
    if (!(error instanceof ExplorationError)) throw error
    ;({ runs } = error)
    failure = error
  }
  return { runs, failure, caughtAfter: await runsUntilCaught(play, twin, options.runs), seen }
}

/** Counts each case at most once a run. */
function counting(play: Property['play'], seen: Map<string, number>) {
  return async (exploration: Exploration): Promise<void> => {
    const now = new Set<string>()
    await play(exploration, what => {
      if (!seen.has(what)) throw new Error(`${what} is none of the cases`)
      now.add(what)
    })
    for (const what of now) seen.set(what, (seen.get(what) ?? 0) + 1)
  }
}

async function runsUntilCaught(
  play: Property['play'],
  { breaks }: Property['twin'],
  runs: number,
): Promise<number | undefined> {
  const mend = breaks()
  try {
    await explore(exploration => play(exploration, () => {}), { runs, shrink: false, timeoutMs: 1_000 })
    return undefined
  } catch (error) {
    if (!(error instanceof ExplorationError)) throw error
    return error.runs
  } finally {
    mend()
  }
}
