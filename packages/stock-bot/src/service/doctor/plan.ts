import type { Channel, Options } from 'amqplib'
import { declareCommandQueue, declareExchanges } from '../../broker/amqp-topology.ts'

/** What a bot declares, as data. */
export interface Plan {
  readonly exchanges: readonly {
    readonly name: string
    readonly type: string
    readonly options: Options.AssertExchange
  }[]
  readonly queues: readonly { readonly name: string; readonly options: Options.AssertQueue }[]
}

/** What a bot with this command declares: asked of the code that declares it, so that the two cannot differ. */
export async function planOf(command: string): Promise<Plan> {
  const exchanges: Plan['exchanges'][number][] = []
  const queues: Plan['queues'][number][] = []
  const recorder = {
    assertExchange: (name: string, type: string, options: Options.AssertExchange = {}) => {
      exchanges.push({ name, type, options })
      return Promise.resolve({ exchange: name })
    },
    assertQueue: (name: string, options: Options.AssertQueue = {}) => {
      queues.push({ name, options })
      return Promise.resolve({ queue: name, messageCount: 0, consumerCount: 0 })
    },
    bindQueue: () => Promise.resolve({}),
  }
  await declareExchanges(recorder as unknown as Channel)
  await declareCommandQueue(recorder as unknown as Channel, command)
  return { exchanges, queues }
}
