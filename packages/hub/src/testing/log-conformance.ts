import type { Awaitable, MessageLog } from '../log.ts'
import { dedupeCases, orderCases } from './log-append-cases.ts'
import { lifeCases, positionCases } from './log-life-cases.ts'
import { type LogCapabilities, type LogCase, LogProbe, type LogSetUp } from './log-probe.ts'
import { rangeCases, textCases } from './log-read-cases.ts'

/** What a test runner offers: the functions of vitest, node:test, jest and mocha fit. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown
  readonly it: (name: string, body: () => Promise<void>) => unknown
}

const GROUPS: Readonly<Record<string, readonly LogCase[]>> = {
  order: orderCases,
  duplicates: dedupeCases,
  ranges: rangeCases,
  texts: textCases,
  positions: positionCases,
  life: lifeCases,
}

/**
 * Checks every promise of the `MessageLog` contract, with the assertions of `node:assert`. Each case gets a log of
 * its own from `create` and closes it; room names and ids are random, so a real database may be shared and used
 * again. The log MUST take its time from the clock that it is given.
 *
 * @example
 * describeMessageLog({ describe, it }, 'mine', ({ clock }) => myLog({ clock, url }), {
 *   reopen: async (log, { clock }) => {
 *     await log.close()
 *     return myLog({ clock, url })
 *   },
 * })
 */
export function describeMessageLog(
  { describe, it }: TestRunner,
  name: string,
  create: (setUp: LogSetUp) => Awaitable<MessageLog>,
  capabilities: LogCapabilities = {},
): void {
  describe(`the message log "${name}"`, () => {
    for (const [group, cases] of Object.entries(GROUPS))
      describe(group, () => {
        for (const { name: sentence, needs, messagesPerRoom, run } of cases)
          if (!needs || capabilities[needs])
            it(sentence, async () => {
              const probe = new LogProbe(create, capabilities, messagesPerRoom)
              await probe.open()
              try {
                await run(probe)
              } finally {
                await probe.log.close()
              }
            })
      })
  })
}
