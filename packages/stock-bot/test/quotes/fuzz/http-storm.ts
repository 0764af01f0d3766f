/**
 * Many requests over real HTTP, to a server that answers each in another wrong way: with its named faults, and
 * with random bodies under random statuses and headers, in pieces, cut, and of another length than promised.
 */
import type { ServerResponse } from 'node:http'
import * as fc from 'fast-check'
import pLimit from 'p-limit'
import type { QuoteResult } from '../../../src/quotes/source.ts'
import { stooq } from '../../../src/quotes/stooq.ts'
import { startStooqServer } from '../../../src/testing/stooq.ts'
import { misbehave } from '../../../src/testing/stooq-faults.ts'
import { body, lie } from './bodies.ts'
import { ENDLESS_WAITS, FAULTS, verdict } from './cases.ts'

/** What came of it. */
export interface Storm {
  readonly requests: number
  /** How often each kind of answer came, `quote` among them. */
  readonly kinds: ReadonlyMap<string, number>
  readonly failures: readonly string[]
  readonly seconds: number
  readonly seed: number
}

interface RandomAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  readonly encoding: 'utf8' | 'latin1'
  readonly sent: 'whole' | 'in pieces' | 'cut' | 'longer' | 'shorter'
  /** Where it is cut, in which pieces it comes, by how much its length is off. */
  readonly at: number
}

const AT_ONCE = 32
// Long enough for the slowest machine where the answer is to come, short where it never does.
const PATIENCE_MS = { ends: 30_000, waits: 50 }
const ASKED = ['AAPL.US']

const fault = fc.constantFrom(...FAULTS)

const random: fc.Arbitrary<RandomAnswer> = fc.record({
  status: fc.oneof(
    { weight: 8, arbitrary: fc.constant(200) },
    { weight: 1, arbitrary: fc.constantFrom(203, 206, 302, 400, 401, 403, 404, 410, 418, 429, 500, 503) },
  ),
  headers: fc.record(
    {
      'content-type': fc.constantFrom('text/csv', 'text/html', 'image/png', 'x', 'text/csv; charset=utf-16'),
      'content-encoding': fc.constantFrom('identity', 'gzip', 'br', 'deflate', 'nonsense'),
      'retry-after': fc.constantFrom('5', '-1', '99999999', 'soon'),
      location: fc.constantFrom('/', 'http://127.0.0.1:1/', 'ftp://x'),
    },
    { requiredKeys: [] },
  ),
  text: body,
  encoding: fc.constantFrom('utf8', 'latin1'),
  sent: fc.constantFrom('whole', 'in pieces', 'cut', 'longer', 'shorter'),
  at: fc.integer({ min: 1, max: 60 }),
})

const answer = fc.oneof({ weight: 1, arbitrary: fault }, { weight: 2, arbitrary: random })

/** Sends as many requests; the same seed makes the same answers. `make` is the client that is stormed. */
export async function stormHttp(requests: number, seed: number, make: typeof stooq = stooq): Promise<Storm> {
  const started = performance.now()
  const answers = fc.sample(answer, { numRuns: requests, seed })
  const kinds = new Map<string, number>()
  const failures: string[] = []
  await using server = await startStooqServer({
    // Which answer it is to be, the request says in its user agent.
    fault(response, csv) {
      const planned = answers[Number(response.req.headers['user-agent'])]
      if (!planned) throw new RangeError('an unknown request')
      if ('status' in planned) send(response, planned)
      else misbehave(planned[1], response, csv)
    },
  })
  const ask = async (planned: (typeof answers)[number], index: number): Promise<void> => {
    const waits = !('status' in planned) && ENDLESS_WAITS.has(planned[1])
    const source = make({
      baseUrl: server.url,
      userAgent: String(index),
      timeout: waits ? PATIENCE_MS.waits : PATIENCE_MS.ends,
    })
    try {
      const results = await source.quotes(ASKED, { signal: new AbortController().signal })
      for (const result of results) {
        const kind = result.ok ? 'quote' : result.kind
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
      }
      const problem = misread(planned, results)
      if (problem !== undefined) failures.push(`request ${index}: ${problem}`)
    } catch (error) {
      failures.push(`request ${index} threw ${String(error)}`)
    }
  }
  const limit = pLimit(AT_ONCE)
  await Promise.all(answers.map((planned, index) => limit(() => ask(planned, index))))
  // Every connection has ended by itself or by the client's abort; one that has not hangs here, and the run fails.
  await Promise.all(server.requests.map(({ closed }) => closed))
  return { requests, kinds, failures, seconds: (performance.now() - started) / 1_000, seed }
}

function misread(
  planned: RandomAnswer | (typeof FAULTS)[number],
  results: readonly QuoteResult[],
): string | undefined {
  if (!('status' in planned)) {
    const got = verdict(results[0])
    return got === planned[2] ? undefined : `${planned[1]} as ${got}, not ${planned[2]}`
  }
  const [result] = results
  if (result?.ok && planned.status !== 200 && planned.status !== 203 && planned.status !== 206) {
    return `a quote from a page with status ${planned.status}`
  }
  return lie(planned.text, ASKED, results)
}

function send(response: ServerResponse, { status, headers, text, encoding, sent, at }: RandomAnswer): void {
  const bytes = Buffer.from(text, encoding)
  if (sent === 'longer' || sent === 'shorter') {
    const length = Math.max(0, bytes.length + (sent === 'longer' ? at : -at))
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    response.socket?.write(`HTTP/1.1 ${status} x\r\ncontent-length: ${length}\r\n${lines.join('')}\r\n`)
    response.socket?.end(bytes)
    return
  }
  response.writeHead(status, headers)
  if (sent === 'whole') response.end(bytes)
  else if (sent === 'cut') response.write(bytes.subarray(0, at), () => response.socket?.destroy())
  else {
    for (let from = 0; from < bytes.length; from += at) response.write(bytes.subarray(from, from + at))
    response.end()
  }
}
