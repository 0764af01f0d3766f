export type { IoRedisClient, NodeRedisClient, RedisClient } from './client.ts'
export {
  createRedisLimiter,
  type OnStoreError,
  type RedisLimiter,
  type RedisLimiterOptions,
  type RedisLimiterStats,
} from './limiter.ts'
export { type Failure, StoreFailure } from './store.ts'
