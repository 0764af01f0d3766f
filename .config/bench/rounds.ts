import type { Metrics, Report } from './report.ts'

/** Words are for people: with `--json` they must not be among the results. */
export const say = (text: string): void => {
  process.stderr.write(text)
}

/** One comparison. */
export interface Comparison<System extends string> {
  readonly name: string
  readonly systems: readonly System[]
  run(system: System): Promise<Metrics>
}

/**
 * Measures a case `rounds` times, the systems in turn: whatever else the machine does meanwhile, it does to all of
 * them. A peer that gives up under load costs nothing of what is measured, but the exit code.
 */
export async function measureInTurn<System extends string>(
  comparison: Comparison<System>,
  rounds: number,
  report: Report,
): Promise<void> {
  say(comparison.name)
  for (let round = 0; round < rounds; round += 1)
    for (const system of comparison.systems) {
      say(` ${system}`)
      try {
        report.add(comparison.name, system, await comparison.run(system))
      } catch (error) {
        say(` failed (${error instanceof Error ? error.message : String(error)})`)
        process.exitCode = 1
      }
    }
  say('\n')
}

/** Prints what was measured; the exit code is 1 where something was lost or came twice. */
export function conclude(report: Report, isJson: boolean): void {
  console.log(isJson ? report.json() : report.table())
  if (report.wrong === 0) return
  say(`${report.wrong} were lost or came twice\n`)
  process.exitCode = 1
}
