/** Runs each of the 27 cases over real HTTP, against the Stooq-compatible server. */
import { stooq } from '../../../src/quotes/stooq.ts'
import { startStooqServer, type StooqServer } from '../../../src/testing/stooq.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'
import { BODIES, ENDLESS_WAITS, FAULTS, fixture, NOW, TITLES, verdict, type Verdict } from './cases.ts'

/** What became of one case. */
export interface Classified {
  readonly number: number
  readonly title: string
  /** How many answers of this kind were served. */
  readonly answers: number
  /** What they were to be read as, each once. */
  readonly expected: readonly Verdict[]
  /** The answers that were read as something else: which, and as what. */
  readonly missed: readonly string[]
}

/** One answer of the server's. */
interface Answer {
  readonly name: string
  readonly fault: StooqServer['fault']
  readonly expected: Verdict
}

const TIMEOUT_MS = 5_000

/** The cases in their order. `make` is the client that is to classify them. */
export async function classify(make: typeof stooq = stooq): Promise<readonly Classified[]> {
  await using server = await startStooqServer({ pricesAt: NOW })
  const cases: Classified[] = []
  for (const [index, title] of TITLES.entries()) {
    const answers = answersOf(index + 1)
    const missed: string[] = []
    for (const answer of answers) {
      const got = await ask(server, answer, make)
      if (got !== answer.expected) missed.push(`${answer.name} as ${got}, not ${answer.expected}`)
    }
    const expected = [...new Set(answers.map(answer => answer.expected))]
    if (answers.length === 0) missed.push('there is no such answer')
    cases.push({ number: index + 1, title, answers: answers.length, expected, missed })
  }
  return cases
}

function answersOf(number: number): readonly Answer[] {
  const bodies = Object.entries(BODIES).filter(([name]) => Number.parseInt(name, 10) === number)
  return [
    ...bodies.map(([name, expected]): Answer => {
      const body = fixture(name)
      return { name, expected, fault: response => response.writeHead(200).end(body) }
    }),
    ...FAULTS.filter(([each]) => each === number).map(([, fault, expected]) => ({
      name: fault,
      fault,
      expected,
    })),
  ]
}

async function ask(server: StooqServer, { fault }: Answer, make: typeof stooq): Promise<string> {
  server.fault = fault
  const clock = new VirtualClock(NOW)
  const seen = server.nextRequest()
  const source = make({ baseUrl: server.url, timeout: TIMEOUT_MS, clock })
  const answer = source.quotes(['AAPL.US'], { signal: new AbortController().signal })
  const request = await seen
  if (typeof fault === 'string' && ENDLESS_WAITS.has(fault)) await clock.advance(TIMEOUT_MS)
  const [result] = await answer
  await request.closed
  return clock.pending > 0 ? 'a timer that is left' : verdict(result)
}
