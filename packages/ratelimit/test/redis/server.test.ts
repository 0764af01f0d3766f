import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { redis } from '../../../../.config/services/redis.ts'
import type { Service } from '../../../../.config/services/service.ts'
import { createLimiter } from '../../src/index.ts'
import { rateOf } from '../../src/rate.ts'
import { createRedisLimiter, type RedisClient, type RedisLimiterOptions } from '../../src/redis/index.ts'
import { manualClock } from '../../src/testing/index.ts'

let server: Service
let admin: Redis
const cleanup: (() => unknown)[] = []

beforeAll(async () => {
  server = await redis({ own: true })
  admin = new Redis(server.url)
  admin.on('error', () => undefined)
}, 600_000)

afterAll(async () => {
  for (const act of cleanup) await act()
  admin?.disconnect()
  await server?.stop()
})

/** Both clients, as a careful user sets them up: they fail at once while the server is away. */
const clients: Record<string, () => Promise<RedisClient>> = {
  async ioredis() {
    const client = new Redis(server.url, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      retryStrategy: () => 50,
    })
    client.on('error', () => undefined)
    cleanup.push(() => {
      client.disconnect()
    })
    await once(client, 'ready')
    return client
  },
  async redis() {
    const client = createClient({
      url: server.url,
      disableOfflineQueue: true,
      socket: { reconnectStrategy: () => 50 },
    })
    client.on('error', () => undefined)
    cleanup.push(() => {
      client.destroy()
    })
    await client.connect()
    return client
  },
}

const make = (client: RedisClient, options: Partial<RedisLimiterOptions> = {}) => {
  const limiter = createRedisLimiter({
    client,
    requestsPerSecond: 1 / 60,
    burst: 3,
    timeoutMs: 2_000,
    retryMs: 50,
    ...options,
  })
  cleanup.push(() => {
    limiter.stop()
  })
  return limiter
}

describe.each(Object.keys(clients))('with a client of the package %s', name => {
  const connect = () => clients[name]?.() ?? Promise.reject(new Error(name))
  const unique = (() => {
    let count = 0
    return () => `${name}-${count++}`
  })()

  it('answers the same verdicts as the limiter in memory', async () => {
    const limiter = make(await connect())
    const memory = createLimiter({ requestsPerSecond: 1 / 60, burst: 3, clock: manualClock() })
    const key = unique()
    for (const cost of [1, 1, 4, 0, 1, 1]) {
      const [shared, local] = [await limiter.check(key, cost), memory.check(key, cost)]
      expect({ ...shared, retryAfterMs: 0, resetMs: 0 }).toEqual({ ...local, retryAfterMs: 0, resetMs: 0 })
      // Redis counts with its own clock, which runs while the test does.
      const late = local.retryAfterMs === Infinity ? 0 : local.retryAfterMs - shared.retryAfterMs
      expect(Math.abs(late)).toBeLessThan(10_000)
      expect(Math.abs(shared.resetMs - local.resetMs)).toBeLessThan(10_000)
    }
  })

  it('peeks, refunds, penalizes and resets', async () => {
    const limiter = make(await connect())
    const key = unique()
    expect((await limiter.peek(key)).remaining).toBe(3)
    await limiter.check(key, 3)
    await limiter.refund(key, 2)
    expect((await limiter.peek(key)).remaining).toBe(2)
    await limiter.penalize(key, { forMs: 3_600_000 })
    expect((await limiter.peek(key)).retryAfterMs).toBeGreaterThan(3_500_000)
    await limiter.penalize(key, { cost: 10 })
    expect((await limiter.peek(key)).retryAfterMs).toBeGreaterThan(4_000_000)
    await limiter.reset(key)
    expect(await limiter.peek(key)).toMatchObject({ ok: true, remaining: 3, resetMs: 0 })
  })

  it('finds its script again when the server has forgotten it', async () => {
    const limiter = make(await connect())
    const key = unique()
    await limiter.check(key)
    await admin.script('FLUSH')
    expect((await limiter.check(key)).remaining).toBe(1)
    expect(limiter.stats()).toMatchObject({ storeErrors: 0, fallbacks: 0 })
  })

  it('leaves nothing in Redis for longer than a bucket takes to refill', async () => {
    const limiter = make(await connect(), { name: 'expiry', requestsPerSecond: 0.1 })
    const key = unique()
    await limiter.check(key)
    const left = await admin.pttl(`ratelimit:expiry:${key}`)
    expect(left).toBeGreaterThan(5_000)
    expect(left).toBeLessThanOrEqual(10_001)
    await limiter.reset(key)
    expect(await admin.exists(`ratelimit:expiry:${key}`)).toBe(0)
  })

  it('goes on here while Redis is killed, from what the key owed, and goes back without a restart', async () => {
    const limiter = make(await connect())
    const closed = make(await connect(), { onStoreError: 'closed' })
    const open = make(await connect(), { onStoreError: 'open' })
    const key = unique()
    expect((await limiter.check(key)).remaining).toBe(2)
    await server.kill()
    expect(await limiter.check(key)).toMatchObject({ ok: true, reason: 'ok', remaining: 1 })
    expect(await limiter.check(key)).toMatchObject({ ok: true, remaining: 0 })
    expect(await limiter.check(key)).toMatchObject({ ok: false, reason: 'limited', remaining: 0 })
    expect(await closed.check(key)).toMatchObject({ ok: false, reason: 'store-error' })
    expect(await open.check(key, 2)).toMatchObject({ ok: true, reason: 'store-error' })
    expect(limiter.stats()).toMatchObject({ degraded: true, fallbacks: 3 })
    await server.start()
    // The server comes back empty; what was spent meanwhile is told to it.
    await vi.waitFor(
      async () => {
        await limiter.peek(unique())
        expect(limiter.stats().degraded).toBe(false)
        expect(await admin.get(`ratelimit:default:${key}`)).toMatch(/^\d+:\d+$/)
      },
      { timeout: 10_000, interval: 50 },
    )
    expect(await limiter.check(key)).toMatchObject({ ok: false, reason: 'limited' })
    await vi.waitFor(async () => {
      expect((await closed.check(unique())).reason).toBe('ok')
    })
  })
})

describe('three processes on one limit', () => {
  it('are allowed together exactly what the limit allows, to the unit', async () => {
    const [requestsPerSecond, burst, key] = [500, 1_000, 'together']
    const workers = await Promise.all(Array.from({ length: 3 }, () => start(key, requestsPerSecond, burst)))
    const limiter = make(admin, { requestsPerSecond, burst })
    await limiter.check(key, burst)
    const before = await bucket(key)
    for (const worker of workers) worker.send('go')
    await vi.waitFor(
      async () => {
        expect((await bucket(key)).at - before.at).toBeGreaterThan(1_000_000)
      },
      { timeout: 10_000 },
    )
    const results = workers.map(async worker => (await once(worker, 'message'))[0] as Result)
    for (const worker of workers) worker.send('end')
    const done = await Promise.all(results)
    const after = await bucket(key)
    const { perToken, perMicrosecond } = rateOf(requestsPerSecond, burst)
    const allowed = done.reduce((sum, each) => sum + each.allowed, 0)
    const earned = (after.at - before.at) * perMicrosecond
    expect(done.map(each => each.failures)).toEqual([0, 0, 0])
    expect(allowed).toBeGreaterThan(400)
    expect(allowed * perToken).toBe(after.debt - before.debt + earned)
  })
})

interface Result {
  readonly allowed: number
  readonly failures: number
}

async function start(key: string, requestsPerSecond: number, burst: number): Promise<ChildProcess> {
  const path = fileURLToPath(new URL('worker.ts', import.meta.url))
  const worker = fork(path, [server.url, key, String(requestsPerSecond), String(burst)], {
    execArgv: ['--conditions=@hubbub/source'],
  })
  cleanup.push(() => worker.kill('SIGKILL'))
  await once(worker, 'message')
  return worker
}

async function bucket(key: string): Promise<{ debt: number; at: number }> {
  const [debt, at] = ((await admin.get(`ratelimit:default:${key}`)) ?? '').split(':')
  return { debt: Number(debt), at: Number(at) }
}
