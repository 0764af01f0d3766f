/** Many bodies through the parser alone. */
import * as fc from 'fast-check'
import { parseStooq } from '../../../src/quotes/parse.ts'
import type { QuoteResult } from '../../../src/quotes/source.ts'
import { body, lie, symbols } from './bodies.ts'

/** What came of it. */
export interface ParserRun {
  readonly bodies: number
  /** How often each kind of answer came, `quote` among them. */
  readonly kinds: ReadonlyMap<string, number>
  /** The first body that was misread, made as small as it can be, and how; undefined: none. */
  readonly failure: string | undefined
  readonly seconds: number
  readonly seed: number
}

export type Parse = (text: string, symbols: readonly string[]) => readonly QuoteResult[]

/** Runs as many bodies; the same seed makes the same ones. */
export function runParser(
  bodies: number,
  seed: number,
  parse: Parse = (text, asked) => parseStooq(text, asked, 'stooq'),
): ParserRun {
  const started = performance.now()
  const kinds = new Map<string, number>()
  let run = 0
  const property = fc.property(body, symbols, (text, asked) => {
    run += 1
    const results = parse(text, asked)
    for (const result of results) {
      const kind = result.ok ? 'quote' : result.kind
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    }
    const problem = lie(text, asked, results)
    if (problem !== undefined) throw new Error(problem)
  })
  const checked = fc.check(property, { numRuns: bodies, seed })
  const failure = checked.failed
    ? `${JSON.stringify(checked.counterexample)}: ${String(checked.errorInstance)}`
    : undefined
  return { bodies: run, kinds, failure, seconds: (performance.now() - started) / 1_000, seed }
}
