export type { OnFull } from './capacity.ts'
export type { Cancel, LimiterClock } from './clock.ts'
export {
  type Limiter,
  type LimiterOptions,
  type LimiterStats,
  type Penalty,
  type Reservation,
  type ReserveOptions,
  StoppedError,
  type WaitOptions,
} from './contract.ts'
export { createLimiter } from './limiter.ts'
export { type Costs, type Keys, type Limits, limits } from './limits.ts'
export type { Reason, Verdict } from './verdict.ts'
