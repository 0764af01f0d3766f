import type { Classified } from './classify.ts'
import type { Storm } from './http-storm.ts'
import type { ParserRun } from './parser-run.ts'

/** The cases as a table, and how many of them were classified as they should. */
export function describeCases(cases: readonly Classified[]): string {
  const width = Math.max(...cases.map(({ title }) => title.length))
  const lines = cases.map(({ number, title, answers, expected, missed }) => {
    const count = answers === 1 ? '1 answer ' : `${answers} answers`
    const verdict = missed.length === 0 ? expected.join(' or ') : `FAILED: ${missed.join('; ')}`
    return `${String(number).padStart(2)}  ${title.padEnd(width)}  ${count.padStart(10)}  ${verdict}`
  })
  const good = cases.filter(({ missed }) => missed.length === 0).length
  return [...lines, `${good} of ${cases.length} classified`].join('\n')
}

/** A run of the parser, in a line. */
export function describeParserRun({ bodies, kinds, failure, seconds, seed }: ParserRun): string {
  const line = `parser: ${bodies} bodies, ${listed(kinds)}, ${seconds.toFixed(0)} s, seed ${seed}`
  return failure === undefined
    ? `${line}: no throw, no quote that was not there`
    : `${line}\nFAILED ${failure}`
}

/** A storm over HTTP, in a line. */
export function describeStorm({ requests, kinds, failures, seconds, seed }: Storm): string {
  const line = `http: ${requests} requests, ${listed(kinds)}, ${seconds.toFixed(0)} s, seed ${seed}`
  if (failures.length === 0) return `${line}: no throw, no quote that was not there, no connection left`
  return [line, ...failures.slice(0, 20).map(each => `FAILED ${each}`)].join('\n')
}

function listed(kinds: ReadonlyMap<string, number>): string {
  const entries = [...kinds].toSorted(([, a], [, b]) => b - a)
  return entries.map(([kind, count]) => `${kind} ${count}`).join(', ')
}
