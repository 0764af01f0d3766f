/** One of several processes that share a limit: takes tokens as fast as it can until told to end. */
import { Redis } from 'ioredis'
import { createRedisLimiter } from '../../src/redis/index.ts'

const [url = '', key = '', requestsPerSecond = '', burst = ''] = process.argv.slice(2)
const client = new Redis(url)
const limiter = createRedisLimiter({
  client,
  requestsPerSecond: Number(requestsPerSecond),
  burst: Number(burst),
  timeoutMs: 5_000,
  onStoreError: 'closed',
})
const ending = new AbortController()
let allowed = 0

async function take(): Promise<void> {
  while (!ending.signal.aborted) if (await limiter.allow(key)) allowed++
}

process.on('message', message => {
  if (message === 'go') {
    const takers = Array.from({ length: 4 }, take)
    void Promise.all(takers).then(() => {
      const { storeErrors, timeouts } = limiter.stats()
      process.send?.({ allowed, failures: storeErrors + timeouts })
      client.disconnect()
      process.disconnect()
    })
  } else ending.abort()
})
await client.ping()
process.send?.('ready')
