import type { Penalty } from './contract.ts'
import { checkNumber, shapeOf } from './input.ts'
import { MAX_UNITS, type Rate } from './rate.ts'

/**
 * Units that `cost` tokens are worth, to the nearest unit, but never nothing for something.
 * @throws RangeError or TypeError for what is not a number from 0.
 */
export function priceOf(rate: Rate, cost: number): number {
  checkNumber('cost', cost, { min: 0, max: Number.MAX_VALUE })
  return cost === 0 ? 0 : Math.max(1, Math.round(cost * rate.perToken))
}

/**
 * A penalty in units: to `charge` on top of what the key owes, or to `raise` its debt to.
 * @throws RangeError or TypeError that names what is wrong with it.
 */
export function penaltyUnits(rate: Rate, penalty: Penalty): { verb: 'charge' | 'raise'; units: number } {
  if (penalty === null || typeof penalty !== 'object' || 'cost' in penalty === 'forMs' in penalty) {
    throw new TypeError(`penalty must be { cost } or { forMs }, got ${shapeOf(penalty)}`)
  }
  if ('cost' in penalty) return { verb: 'charge', units: priceOf(rate, penalty.cost) }
  const { capacity, perToken, perMillisecond } = rate
  checkNumber('forMs', penalty.forMs, { min: 0, max: Math.floor((MAX_UNITS - capacity) / perMillisecond) })
  return { verb: 'raise', units: Math.ceil(penalty.forMs * perMillisecond) + capacity - perToken }
}
