/** One way from a chat to a bot and back. */
export interface System {
  /** Hands a command over; rejects where that fails. */
  send(id: string): Promise<void>
  close(): Promise<void>
}

/** Opens a system; it calls `replied` with the id of each command whose reply the chat has. */
export type OpenSystem = (replied: (id: string) => void) => Promise<System>

/** How many commands go which way. */
export interface Plan {
  readonly count: number
  /** Commands before anything is measured. */
  readonly warmUp: number
  /** Commands that are on their way at once. */
  readonly inFlight: number
}

/** What was seen of them. */
export interface RoundTrips {
  readonly perSecond: number
  readonly p50Ms: number
  readonly cpuUs: number
  readonly lost: number
  readonly doubled: number
}

/** Nobody waits longer for an answer: what has not come by then is lost. Milliseconds. */
const PATIENCE_MS = 40_000

/** Sends commands, the next one whenever a reply has come, and counts every reply. */
export async function roundTrips(open: OpenSystem, { count, warmUp, inFlight }: Plan): Promise<RoundTrips> {
  const counter = new Counter()
  const system = await open(id => {
    counter.replied(id)
  })
  try {
    await run(system, counter, { from: 0, count: warmUp, inFlight })
    const cpu = process.cpuUsage()
    const began = performance.now()
    const latencies = await run(system, counter, { from: warmUp, count, inFlight })
    const seconds = (performance.now() - began) / 1_000
    const { user, system: kernel } = process.cpuUsage(cpu)
    return {
      perSecond: latencies.length / seconds,
      p50Ms: latencies.toSorted((a, b) => a - b)[latencies.length >> 1] ?? Number.NaN,
      cpuUs: (user + kernel) / count,
      lost: warmUp + count - counter.answered,
      doubled: counter.doubled,
    }
  } finally {
    await system.close()
  }
}

/** Resolves with the milliseconds of each. */
async function run(
  system: System,
  counter: Counter,
  { from, count, inFlight }: { readonly from: number; readonly count: number; readonly inFlight: number },
): Promise<number[]> {
  const latencies: number[] = []
  let next = from
  const line = async (): Promise<void> => {
    while (next < from + count) {
      const id = `command-${next}`
      next += 1
      const began = performance.now()
      const reply = counter.wait(id)
      system.send(id).catch((error: unknown) => {
        counter.fail(id, error)
      })
      await reply
      latencies.push(performance.now() - began)
    }
  }
  const impatience = setInterval(() => {
    counter.giveUp(performance.now() - PATIENCE_MS)
  }, 1_000)
  await Promise.allSettled(Array.from({ length: inFlight }, line))
  clearInterval(impatience)
  return latencies
}

interface Waiting {
  readonly since: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Which commands wait for a reply, and which had one. */
class Counter {
  readonly #waiting = new Map<string, Waiting>()
  answered = 0
  doubled = 0

  wait(id: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { since: performance.now(), resolve, reject })
    })
  }

  replied(id: string): void {
    const waiting = this.#waiting.get(id)
    if (!waiting) {
      this.doubled += 1
      return
    }
    this.#waiting.delete(id)
    this.answered += 1
    waiting.resolve()
  }

  fail(id: string, error: unknown): void {
    this.#waiting.get(id)?.reject(error)
    this.#waiting.delete(id)
    console.error(`${id}: ${error instanceof Error ? error.message : String(error)}`)
  }

  /** Whatever began earlier is lost. */
  giveUp(before: number): void {
    for (const [id, { since }] of this.#waiting) if (since < before) this.fail(id, new Error('no reply came'))
  }
}
