import { bufferCases, carryCases, frameCases } from './connection-cases.ts'
import { closeCases } from './connection-close-cases.ts'
import { type ConnectionCase, ConnectionProbe, type OpenConnection } from './connection-probe.ts'
import type { TestRunner } from './log-conformance.ts'

const GROUPS: Readonly<Record<string, readonly ConnectionCase[]>> = {
  carrying: carryCases,
  frames: frameCases,
  buffers: bufferCases,
  closing: closeCases,
}

/** How the suite runs. */
export interface ConnectionConformanceOptions {
  /** How long a case waits for what must come. @default 5,000 ms */
  readonly patienceMs?: number
  /** Whether `close` has a deadline where the peer reads nothing: all but what has no wire. @default true */
  readonly deadline?: boolean
}

/**
 * Checks every promise of the `Connection` contract, with the assertions of `node:assert`. Each case opens a
 * connection of its own with `create`, and cuts it at its end. A frame limit of the transport must allow 30,000
 * bytes from the peer.
 *
 * @example
 * describeConnection({ describe, it }, 'mine', async accept => {
 *   const { ours, theirs } = await connectMine()
 *   accept(ours)
 *   return peerOf(theirs)
 * })
 */
export function describeConnection(
  { describe, it }: TestRunner,
  name: string,
  create: OpenConnection,
  { patienceMs, deadline = true }: ConnectionConformanceOptions = {},
): void {
  describe(`the connection "${name}"`, () => {
    for (const [group, cases] of Object.entries(GROUPS))
      describe(group, () => {
        for (const { name: sentence, needs, run } of cases)
          if (needs === undefined || deadline)
            it(sentence, async () => {
              const probe = new ConnectionProbe(patienceMs)
              await probe.open(create)
              try {
                await run(probe)
              } finally {
                await probe.end()
              }
            })
      })
  })
}
