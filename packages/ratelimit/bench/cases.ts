/** One case for one system, measured in this process alone: `node --expose-gc bench/cases.ts <case> <system>`. */
import { MemoryStore, ipKeyGenerator } from 'express-rate-limit'
import { LRUCache } from 'lru-cache'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { createLimiter, type LimiterClock } from '../src/index.ts'
import { ipKey } from '../src/http/index.ts'

type Metrics = Record<string, number>
type Act = (index: number) => unknown

const HOT_KEYS = 10_000
const CHURNED = 1_000_000
const MEGABYTE = 1024 * 1024
const gc = globalThis.gc ?? (() => undefined)
const keys = Array.from({ length: HOT_KEYS }, (_, i) => `10.${(i * 7) & 255}.${i >> 8}.${i & 255}`)
const order = randomOrder()

/** Each returns what it measured, after checking that every operation was done and had the effect that it should. */
const cases: Record<string, Record<string, () => Metrics | Promise<Metrics>>> = {
  allow: {
    floor: () => perOperation(gcra(new Map()), 2_000_000),
    'lru-cache': () =>
      perOperation(gcra(new LRUCache<string, { fullAt: number }>({ max: HOT_KEYS })), 2_000_000),
    ratelimit() {
      const limiter = createLimiter({ requestsPerSecond: 1e6, burst: 1_000_000 })
      const metrics = perOperation(key => limiter.allow(key), 2_000_000)
      agree('allowed', limiter.stats().allowed, operations)
      return metrics
    },
  },
  'check-allow': {
    ratelimit() {
      const limiter = createLimiter({ requestsPerSecond: 1e6, burst: 1_000_000 })
      const metrics = perOperation(key => limiter.check(key).ok, 2_000_000)
      agree('allowed', limiter.stats().allowed, operations)
      return metrics
    },
    async 'rate-limiter-flexible'() {
      const limiter = new RateLimiterMemory({ points: 1e9, duration: 3_600 })
      return perAwait(async key => (await limiter.consume(key)).remainingPoints > 0, 400_000)
    },
    async 'express-rate-limit'() {
      const store = expressStore()
      const metrics = await perAwait(async key => (await store.increment(key)).totalHits > 0, 1_000_000)
      store.shutdown()
      return metrics
    },
  },
  'check-deny': {
    ratelimit() {
      const limiter = createLimiter({ requestsPerSecond: 1 / 3_600, burst: 1 })
      for (const key of keys) limiter.check(key)
      const metrics = perOperation(key => !limiter.check(key).ok, 2_000_000)
      agree('denied', limiter.stats().denied, operations)
      return metrics
    },
    async 'rate-limiter-flexible'() {
      const limiter = new RateLimiterMemory({ points: 1, duration: 3_600 })
      for (const key of keys) await limiter.consume(key)
      return perAwait(async key => {
        try {
          await limiter.consume(key)
          return false
        } catch (refusal) {
          return refusal instanceof RateLimiterRes
        }
      }, 200_000)
    },
  },
  churn: {
    ratelimit() {
      const limiter = createLimiter({ requestsPerSecond: 1, burst: 5 })
      const metrics = churn(i => limiter.allow(`key-${i}`))
      agree('kept', limiter.stats().keys, HOT_KEYS)
      agree('evicted', limiter.stats().evicted, CHURNED - HOT_KEYS)
      return metrics
    },
    async 'rate-limiter-flexible'() {
      const limiter = new RateLimiterMemory({ points: 5, duration: 3_600 })
      gc()
      const before = bytesInUse()
      const start = process.cpuUsage()
      let allowed = 0
      for (let i = 0; i < CHURNED; i++)
        if ((await limiter.consume(`key-${i}`)).consumedPoints === 1) allowed++
      const ns = cpuNanoseconds(start) / CHURNED
      agree('allowed', allowed, CHURNED)
      gc()
      return { ns_per_op: ns, heap_mb: (bytesInUse() - before) / MEGABYTE }
    },
  },
  memory: {
    ratelimit: () =>
      bytesPerKey(() => {
        const limiter = createLimiter({ requestsPerSecond: 1, burst: 5 })
        for (const key of keys) limiter.allow(key)
        agree('kept', limiter.stats().keys, HOT_KEYS)
        return limiter
      }),
    'express-rate-limit': () =>
      bytesPerKey(async () => {
        const store = expressStore()
        for (const key of keys) await store.increment(key)
        return store
      }),
    'rate-limiter-flexible': () =>
      bytesPerKey(async () => {
        const limiter = new RateLimiterMemory({ points: 5, duration: 3_600 })
        for (const key of keys) await limiter.consume(key)
        return limiter
      }),
  },
  sweep: {
    ratelimit() {
      let sweep: (() => void) | undefined
      let now = 0
      const clock: LimiterClock = {
        monotonic: () => now,
        setTimer(fire) {
          sweep = fire
          return () => undefined
        },
      }
      const limiter = createLimiter({ requestsPerSecond: 1, burst: 5, maxKeys: CHURNED, clock })
      for (let i = 0; i < CHURNED; i++) limiter.allow(`key-${i}`)
      const ms: number[] = []
      for (let i = 0; i < 5; i++) {
        now += 60_000
        const start = process.cpuUsage()
        sweep?.()
        ms.push(cpuNanoseconds(start) / 1e6)
      }
      agree('kept', limiter.stats().keys, CHURNED)
      return { ms: median(ms) }
    },
    'lru-cache'() {
      const cache = new LRUCache<string, { fullAt: number }>({ max: CHURNED, ttl: 900_000 })
      for (let i = 0; i < CHURNED; i++) cache.set(`key-${i}`, { fullAt: i })
      const start = process.cpuUsage()
      cache.purgeStale()
      const ms = cpuNanoseconds(start) / 1e6
      agree('kept', cache.size, CHURNED)
      return { ms }
    },
  },
  'ipkey-v6': addresses(
    i => `2001:db8:${(i & 0xff_ff).toString(16)}:${(i >> 2).toString(16)}::${i.toString(16)}`,
  ),
  'ipkey-mapped': addresses(i => `::ffff:10.${i & 63}.${i >> 8}.${i & 255}`),
}

let operations = 0

function addresses(make: (index: number) => string): Record<string, () => Metrics> {
  const measure = (keyOf: (address: string) => string, count: number) => () => {
    const list = Array.from({ length: HOT_KEYS }, (_, i) => make(i))
    const distinct = new Set(list.map(keyOf)).size
    if (distinct < 60) throw new Error(`only ${distinct} keys came of ${HOT_KEYS} addresses`)
    return perOperation((_, i) => keyOf(list[i] ?? '').length > 0, count)
  }
  return {
    ratelimit: measure(address => ipKey(address), 1_000_000),
    'express-rate-limit': measure(address => ipKeyGenerator(address), 100_000),
  }
}

/** GCRA in doubles, the least that can be done per key. */
function gcra(store: {
  get(key: string): { fullAt: number } | undefined
  set(key: string, entry: { fullAt: number }): unknown
}): (key: string) => boolean {
  const perToken = 1 / 1_000
  const capacity = perToken * 1_000_000
  return key => {
    const now = performance.now()
    const entry = store.get(key)
    if (entry === undefined) {
      store.set(key, { fullAt: now + perToken })
      return true
    }
    const fullAt = (entry.fullAt > now ? entry.fullAt : now) + perToken
    if (fullAt - now > capacity) return false
    entry.fullAt = fullAt
    return true
  }
}

function expressStore(): MemoryStore {
  const store = new MemoryStore()
  store.init({ windowMs: 3_600_000 } as Parameters<MemoryStore['init']>[0])
  return store
}

function perOperation(act: (key: string, index: number) => boolean, count: number): Metrics {
  const run = (times: number): void => {
    let done = 0
    for (let i = 0; i < times; i++) {
      const index = order[i & 0xf_ff_ff] ?? 0
      if (act(keys[index] ?? '', index)) done++
    }
    operations += times
    agree('effects', done, times)
  }
  run(400_000)
  const samples = Array.from({ length: 5 }, () => {
    const start = process.cpuUsage()
    run(count)
    return cpuNanoseconds(start) / count
  })
  return { ns_per_op: median(samples) }
}

async function perAwait(act: (key: string) => Promise<boolean>, count: number): Promise<Metrics> {
  const run = async (times: number): Promise<void> => {
    let done = 0
    for (let i = 0; i < times; i++) if (await act(keys[order[i & 0xf_ff_ff] ?? 0] ?? '')) done++
    agree('effects', done, times)
  }
  await run(200_000)
  const samples: number[] = []
  for (let i = 0; i < 5; i++) {
    const start = process.cpuUsage()
    await run(count)
    samples.push(cpuNanoseconds(start) / count)
  }
  return { ns_per_op: median(samples) }
}

function churn(act: Act): Metrics {
  gc()
  const before = bytesInUse()
  const start = process.cpuUsage()
  let done = 0
  for (let i = 0; i < CHURNED; i++) if (act(i)) done++
  const ns = cpuNanoseconds(start) / CHURNED
  agree('effects', done, CHURNED)
  gc()
  return { ns_per_op: ns, heap_mb: (bytesInUse() - before) / MEGABYTE }
}

/** Typed arrays are not on the heap, but they are memory. */
function bytesInUse(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** Of ten limiters, so that what a limiter itself takes and the noise of the heap count for little. */
async function bytesPerKey(fill: () => unknown): Promise<Metrics> {
  const filled: unknown[] = [await fill()]
  gc()
  const before = bytesInUse()
  for (let i = 0; i < 10; i++) filled.push(await fill())
  gc()
  const after = bytesInUse()
  agree('limiters', filled.length, 11)
  return { bytes_per_key: (after - before) / 10 / HOT_KEYS }
}

function cpuNanoseconds(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start)
  return (user + system) * 1_000
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

/** A fixed order that looks random: every run and every system sees the same. */
function randomOrder(): Uint16Array {
  let state = 1
  return Uint16Array.from({ length: 1 << 20 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state % HOT_KEYS
  })
}

function agree(what: string, counted: number, expected: number): void {
  if (counted !== expected) throw new Error(`${what}: counted ${counted}, expected ${expected}`)
}

const [name = '', system = ''] = process.argv.slice(2)
const measure = cases[name]?.[system]
if (measure) {
  console.log(JSON.stringify(await measure()))
  // Some peers leave timers behind.
  process.exit(0)
} else {
  console.log(
    JSON.stringify(
      Object.entries(cases).flatMap(([name, each]) => Object.keys(each).map(system => [name, system])),
    ),
  )
}
