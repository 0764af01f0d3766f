export type { IoRedisClient, NodeRedisClient, RedisClient } from './client.ts'
export type { OnStoreError, RedisLimiter, RedisLimiterOptions, RedisLimiterStats } from './contract.ts'
export { createRedisLimiter } from './limiter.ts'
export { type Failure, StoreFailure } from './store.ts'
