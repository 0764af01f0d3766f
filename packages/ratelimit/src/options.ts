import type { OnFull } from './capacity.ts'
import { type LimiterClock, systemClock } from './clock.ts'
import type { LimiterOptions } from './contract.ts'
import { checkChoice, checkNumber, MAX_TIMER_MS, shapeOf } from './input.ts'
import { type Rate, rateOf } from './rate.ts'

/** Options with their defaults, checked. */
export interface Settings {
  readonly rate: Rate
  readonly maxKeys: number
  readonly ttlMs: number
  readonly sweepMs: number
  readonly onFull: OnFull
  readonly shadow: boolean
  readonly name: string
  readonly maxWaiting: number
  readonly clock: LimiterClock
}

const MINUTE = 60_000
/** A JavaScript Map holds no more than this many keys. */
const MAX_KEYS = 2 ** 24 - 1

/** @throws RangeError or TypeError that names the option and the accepted range. */
export function settingsOf(options: LimiterOptions): Settings {
  if (options === null || typeof options !== 'object') {
    throw new TypeError(`options must be an object, got ${shapeOf(options)}`)
  }
  const { requestsPerSecond, burst, shadow = false, name = 'default', clock = systemClock } = options
  const { maxKeys = 10_000, maxWaiting = 10_000, onFull = 'evict' } = options
  const { ttlMs = 15 * MINUTE, sweepMs = 5 * MINUTE } = options
  checkNumber('requestsPerSecond', requestsPerSecond, { min: 1e-9, max: 1e9 })
  checkNumber('burst', burst, { min: 1, max: Number.MAX_SAFE_INTEGER, whole: true })
  checkNumber('maxKeys', maxKeys, { min: 1, max: MAX_KEYS, whole: true })
  checkNumber('maxWaiting', maxWaiting, { min: 0, max: MAX_KEYS, whole: true })
  checkNumber('ttlMs', ttlMs, { min: 1, max: Number.MAX_SAFE_INTEGER })
  checkNumber('sweepMs', sweepMs, { min: 1, max: MAX_TIMER_MS })
  checkChoice('onFull', onFull, ['evict', 'deny'])
  checkName(name)
  checkClock(clock)
  if (typeof shadow !== 'boolean') throw new TypeError(`shadow must be true or false, got ${shapeOf(shadow)}`)
  const rate = rateOf(requestsPerSecond, burst)
  return { rate, maxKeys, ttlMs, sweepMs, onFull, shadow, name, maxWaiting, clock }
}

/** Names go into HTTP headers as structured-field strings, which hold printable ASCII only (RFC 9651 §3.3.3). */
function checkName(name: unknown): void {
  if (typeof name === 'string' && /^[\x20-\x7e]{1,64}$/.test(name)) return
  const message = `name must be 1 to 64 printable ASCII characters, got ${shapeOf(name)}`
  throw typeof name === 'string' ? new RangeError(message) : new TypeError(message)
}

function checkClock(clock: LimiterClock): void {
  if (typeof clock?.monotonic === 'function' && typeof clock.setTimer === 'function') return
  throw new TypeError('clock must have the methods monotonic() and setTimer(fire, ms)')
}
