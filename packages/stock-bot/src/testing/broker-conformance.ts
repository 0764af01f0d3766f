import { commandCases } from './broker-command-cases.ts'
import { lifeCases } from './broker-life-cases.ts'
import { type BrokerCapabilities, type BrokerHarness, BrokerProbe } from './broker-probe.ts'
import { replyCases } from './broker-reply-cases.ts'

/** What a test runner offers: vitest's, node:test's, jest's, mocha's functions fit. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown
  readonly it: (name: string, body: () => Promise<void>) => unknown
}

/**
 * Checks every promise of the `Broker` contract. Each case gets a harness of its own from `create` and
 * disposes of it; command names and log ids are random, so a real broker may be shared and used again.
 * @example
 * // setTimeout is the one of node:timers/promises
 * describeBroker({ describe, it }, 'memory', () => {
 *   const broker = memoryBroker()
 *   return { hub: broker, bot: broker, now: Date.now, passTime: setTimeout, dispose: () => broker.close() }
 * })
 */
export function describeBroker(
  { describe, it }: TestRunner,
  name: string,
  create: () => BrokerHarness | Promise<BrokerHarness>,
  capabilities: BrokerCapabilities = {},
): void {
  describe(`the broker "${name}"`, () => {
    for (const { name: sentence, needs, run } of [...commandCases, ...replyCases, ...lifeCases])
      if (!needs || capabilities[needs])
        it(sentence, async () => {
          const harness = await create()
          try {
            await run(new BrokerProbe(harness))
          } finally {
            await harness.dispose()
          }
        })
  })
}
