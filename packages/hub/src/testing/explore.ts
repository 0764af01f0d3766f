import type * as FastCheck from 'fast-check'
import type { Scheduler } from '../clock.ts'

/** What one run of a property has in hand. Every order it sees is decided by the run's seed. */
export interface Exploration {
  /** For the hub, the transports and the clients under test: their turns come in the order of this run. */
  readonly scheduler: Scheduler
  /** Resolves when it is this step's turn. The label shows in the report of a failure. */
  readonly step: (label: string) => Promise<void>
  /** Resolves with `value` when it is this answer's turn: for a fake of what answers at a time of its own. */
  readonly later: <T>(value: T, label: string) => Promise<T>
  /** Resolves when nothing waits for its turn any more: what has begun is done, or waits for a timer. */
  readonly idle: () => Promise<void>
  /** One of these; a failure is made smaller towards the first. */
  readonly pick: <T>(values: readonly [T, ...T[]]) => T
  /** An integer of this range, ends included; a failure is made smaller towards `min`. */
  readonly integer: (min: number, max: number) => number
}

/** How much is explored. */
export interface ExploreOptions {
  /** @default 100 */
  readonly runs?: number
  /** As a failure has printed it. @default a new one */
  readonly seed?: number
  /** As a failure has printed it: begins with the run that failed. Needs `seed`. */
  readonly run?: number
  /** How long one run may take; one that waits for ever becomes a failure. @default 5,000 ms */
  readonly timeoutMs?: number
  /** Whether a failure is made as small as it can be, which takes many more runs. @default true */
  readonly shrink?: boolean
}

/** What was explored. */
export interface Explored {
  readonly runs: number
  readonly seed: number
}

/** An order in which the property did not hold. Its `cause` is what the property threw. */
export class ExplorationError extends Error {
  override readonly name = 'ExplorationError'
  /** Runs until it was found, itself included. */
  readonly runs: number
  /** With `run`, replays it. */
  readonly seed: number
  readonly run: number

  constructor(message: string, found: { runs: number; seed: number; run: number }, cause: unknown) {
    super(message, { cause })
    this.runs = found.runs
    this.seed = found.seed
    this.run = found.run
  }
}

/** Rounds of the microtask queue without anything scheduled: more than any chain of promises between two turns. */
const QUIET_ROUNDS = 200

/** The scheduler of one run, as the hub wants it. */
const turns = (s: FastCheck.Scheduler): Scheduler => ({
  defer(task) {
    let wanted = true
    void s.schedule(Promise.resolve(), 'turn').then(() => {
      if (wanted) task()
    })
    return () => {
      wanted = false
    }
  },
})

/**
 * Runs `property` under many orders of turns and awaits. Rejects with an ExplorationError at the first that fails,
 * made as small as it can be; its message has the seed and run which replay it and the order in which things
 * happened. Needs the package `fast-check`.
 *
 * @example
 * await explore(async ({ scheduler, step }) => {
 *   await using hub = createHub({ scheduler })
 *   hub.use(async (context, next) => {
 *     await step('my lookup')
 *     await next()
 *   })
 *   // … connect with memoryTransport(hub, { scheduler }), and assert what must hold in every order.
 * }, { runs: 1_000 })
 */
export async function explore(
  property: (exploration: Exploration) => Promise<void>,
  options: ExploreOptions = {},
): Promise<Explored> {
  const { runs = 100, seed, run: first, timeoutMs = 5_000, shrink = true } = options
  if (!Number.isSafeInteger(runs) || runs < 1)
    throw new RangeError(`explore: runs must be an integer from 1, got ${runs}`)
  if (first !== undefined && seed === undefined)
    throw new TypeError('explore: run needs the seed that was printed with it')
  const { default: fc } = await import('fast-check')
  const place = (count: number) => fc.noBias(fc.nat({ max: count - 1 }))
  const checked = fc.asyncProperty(fc.scheduler(), fc.gen(), async (s, draw) => {
    let over = false
    const run = property({
      scheduler: turns(s),
      step: async label => s.schedule(Promise.resolve(), label),
      later: async (value, label) => s.schedule(Promise.resolve(value), label),
      idle: async () => {
        for (let quiet = 0; quiet < QUIET_ROUNDS; quiet += 1) {
          if (s.count() > 0) quiet = 0
          await Promise.resolve()
          // Nobody takes what waits after a run has failed: asking on and on would keep the process busy.
          if (over) await Promise.withResolvers<never>().promise
        }
      },
      // By its place: fast-check keeps what it is asked for, and compares it with all that other runs asked for.
      pick: <T>(values: readonly [T, ...T[]]) => values[draw(place, values.length)] as T,
      integer: (min, max) => draw(fc.integer, { min, max }),
    })
    try {
      await s.waitFor(run)
      await s.waitIdle()
    } finally {
      over = true
    }
  })
  const details = await fc.check(checked, {
    numRuns: runs,
    timeout: timeoutMs,
    endOnFailure: !shrink,
    ...(seed !== undefined && { seed }),
    ...(first !== undefined && { path: String(first) }),
  })
  if (!details.failed) return { runs: details.numRuns, seed: details.seed }
  // The rest of the path are steps of making it smaller; they depend on what a run drew, and are found again.
  const run = Number.parseInt(details.counterexamplePath ?? '0', 10)
  const { errorInstance: cause } = details
  const what = cause instanceof Error ? cause.message : String(cause)
  const order = fc.stringify(details.counterexample?.[0])
  const message = `An order fails (after ${details.numRuns} runs): ${what}
Replay it with explore(property, { seed: ${details.seed}, run: ${run} }).
${order}`
  throw new ExplorationError(message, { runs: details.numRuns, seed: details.seed, run }, cause)
}
