import { memoryBroker } from '../../src/broker/memory.ts'
import type { Broker } from '../../src/broker/broker.ts'
import type { BrokerHarness } from '../../src/testing/index.ts'
import { settle, VirtualClock } from './virtual-clock.ts'

/** Small, so that a case can fill it. */
const QUEUE_LIMIT = 1_000

/** A memory broker under a virtual clock; `twist` may break it. */
export function memoryHarness(twist: (broker: Broker) => Broker = broker => broker): BrokerHarness {
  const clock = new VirtualClock()
  const broker = memoryBroker({ clock, queueLimit: QUEUE_LIMIT })
  const twisted = twist(broker)
  return {
    hub: twisted,
    bot: twisted,
    now: () => clock.now(),
    queueLimit: QUEUE_LIMIT,
    passTime: ms => clock.advance(ms),
    deadLetters: name =>
      Promise.resolve(
        broker
          .deadLetters()
          .filter(({ command }) => command.name === name)
          .map(({ command }) => command.id),
      ),
    async dispose() {
      const closing = broker.close()
      await clock.advance(5_000)
      await closing
      await settle()
      if (clock.pending > 0) throw new Error(`${clock.pending} timers are left after close()`)
    },
  }
}
