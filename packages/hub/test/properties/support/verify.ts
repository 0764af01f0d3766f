import { ExplorationError, explore } from '@hubbub/hub/testing'
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
}

/** Checks that a promise holds in every order, and that the same play catches a hub that breaks it. */
export async function verify({ play, twin }: Property, options: VerifyOptions): Promise<Verdict> {
  let failure: Error | undefined
  let { runs } = options
  try {
    ;({ runs } = await explore(play, options))
  } catch (error) {
    if (!(error instanceof ExplorationError)) throw error
    ;({ runs } = error)
    failure = error
  }
  return { runs, failure, caughtAfter: await runsUntilCaught(play, twin, options.runs) }
}

async function runsUntilCaught(
  play: Property['play'],
  { breaks }: Property['twin'],
  runs: number,
): Promise<number | undefined> {
  const mend = breaks()
  try {
    await explore(play, { runs, shrink: false, timeoutMs: 1_000 })
    return undefined
  } catch (error) {
    if (!(error instanceof ExplorationError)) throw error
    return error.runs
  } finally {
    mend()
  }
}
