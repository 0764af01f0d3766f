import { after, inTime } from '../../../hub/test/kill/patience.ts'
import { type FieldOptions, type FieldReport, underFire } from './field.ts'

/** What came of killing bots. */
export interface BotReport extends FieldReport {
  readonly kills: number
}

/** How long a bot lives after the other has come, at least and at most. */
const LIFE_MS = { least: 100, most: 1_000 }

/** Kills one of two bots under load, again and again. */
export async function drillBots({
  cycles,
  ...options
}: FieldOptions & { readonly cycles: number }): Promise<BotReport> {
  const report = await underFire(options, async ({ crew }) => {
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      await after(LIFE_MS.least + Math.random() * (LIFE_MS.most - LIFE_MS.least))
      await inTime('replacing a bot', 60_000, crew.replace())
    }
  })
  return { ...report, kills: cycles }
}
