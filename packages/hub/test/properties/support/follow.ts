import type { Connection } from '@hubbub/hub'
import { createClient } from '@hubbub/hub/client'
import { type Exploration, faultyTransport } from '@hubbub/hub/testing'
import { must } from './must.ts'
import type { Stopping } from './stopping.ts'

/** The longest that a client which was told waits before it comes back, in milliseconds. */
const AGAIN_MS = 500

/** A client of the SDK, whose waits without a word from the server would be long. Returns what judges it. */
export function follow(
  { world, outside }: Stopping,
  { scheduler, integer }: Exploration,
  sees: (what: string) => void,
) {
  const { hub } = world
  const wasReady: boolean[] = []
  const accept = (connection: Connection) => {
    wasReady.push(hub.ready)
    hub.accept(connection)
  }
  const connect = faultyTransport({ accept }, { scheduler, clock: outside })
  const dials: number[] = []
  const client = createClient({
    url: 'faulty:',
    name: 'sdk',
    clock: outside,
    backoff: { minMs: 20_000, maxMs: 40_000 },
    random: () => integer(1, 999) / 1_000,
    connect: url => {
      dials.push(outside.now())
      return connect(url)
    },
  })
  client.join('general')
  let endedAt: number | undefined
  client.on('state', ({ status }) => {
    if (status === 'waiting' && wasReady.length === 1 && wasReady[0]) endedAt ??= outside.now()
  })
  return async () => {
    await world.clock.advance(AGAIN_MS)
    if (endedAt !== undefined) {
      const [, again = Infinity] = dials
      must(again - endedAt <= AGAIN_MS, `the client came back after ${again - endedAt} ms`)
      sees('came back')
    }
    void client.close()
  }
}
