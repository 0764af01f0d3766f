import { createServer } from 'node:net'
import type { System } from './dialects.ts'
import type { LoadRequest, LoadResult } from './load-process.ts'
import { PinnedProcess } from './pinned-process.ts'
import type { Usage } from './server-process.ts'

/** One run: a server, its clients, and what they send. */
export interface Plan {
  /** Whether the server is to compress, and the clients want it. */
  readonly deflate?: boolean
  readonly live: number
  /** Clients that read nothing. */
  readonly stalled?: number
  /** Sent before anything is measured. */
  readonly warmUp?: Omit<LoadRequest & { do: 'send' }, 'do'>
  readonly send: Omit<LoadRequest & { do: 'send' }, 'do'>
  /** How long the server has to calm down before its memory is looked at. */
  readonly restMs?: number
  /** Node's flags for the server. */
  readonly flags?: readonly string[]
}

/** What was seen of it. */
export interface Measured extends LoadResult {
  readonly cpuUsPerDelivery: number
  readonly bytesPerDelivery: number
  readonly savedPerDelivery: number
  readonly rssMb: number
  /** From when all clients were there, to the most that it ever was. */
  readonly growthMb: number
}

const SERVER_CORE = 0
const LOAD_CORE = 1

/** Starts a server and a load, each on its own core, and ends both. Rejects when a client is lost. */
export async function measure(system: System, plan: Plan): Promise<Measured> {
  const port = String(await freePort())
  const args = [system, port, ...(plan.deflate === true ? ['deflate'] : [])]
  const server = new PinnedProcess(SERVER_CORE, 'server-process.ts', args, plan.flags)
  let load: PinnedProcess | undefined
  try {
    await server.answer()
    load = new PinnedProcess(LOAD_CORE, 'load-process.ts', args)
    await load.answer()
    await load.ask({ do: 'open', live: plan.live, stalled: plan.stalled ?? 0 })
    const warm = plan.warmUp && ((await load.ask({ do: 'send', ...plan.warmUp })) as LoadResult)
    const before = (await server.ask({})) as Usage
    const result = (await load.ask({ do: 'send', ...plan.send })) as LoadResult
    const after = (await server.ask({})) as Usage
    if (plan.restMs !== undefined) await new Promise(resolve => setTimeout(resolve, plan.restMs))
    const rested = (await server.ask({})) as Usage
    return {
      ...result,
      lost: Math.max(result.lost, warm?.lost ?? 0),
      cpuUsPerDelivery: (after.cpuUs - before.cpuUs) / result.deliveries,
      bytesPerDelivery: result.bytes / result.deliveries,
      savedPerDelivery: result.saved / result.deliveries,
      rssMb: rested.rssMb,
      growthMb: after.peakMb - before.rssMb,
    }
  } finally {
    await load?.stop()
    await server.stop()
  }
}

/** A port of the loopback that nobody has now, below those that systems give to clients. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const probe = createServer()
    probe.once('error', () => {
      resolve(false)
    })
    probe.listen(port, '127.0.0.1', () => {
      probe.close(() => {
        resolve(true)
      })
    })
    if (await promise) return port
  }
}
