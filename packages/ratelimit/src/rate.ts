/**
 * The integers that a limit is counted in.
 *
 * Floating-point seconds lose tokens: with an interval of 1000/3 ms the first request of a fresh key is
 * refused more often than not, and at large clock values always. So a limit gets a unit of its own, small
 * enough that one token and one microsecond are both whole numbers of it, and every sum below 2^53 is exact.
 */

/** A limit in whole units. `perToken` units of time earn one token. */
export interface Rate {
  /** Units that one token costs; at least 1,000, so that a fraction of a token has units too. */
  readonly perToken: number
  /** Units in one microsecond. */
  readonly perMicrosecond: number
  /** Units in one millisecond. */
  readonly perMillisecond: number
  /** Units in a full bucket: what a key may owe at most. */
  readonly capacity: number
  /** Tokens in a full bucket. */
  readonly burst: number
  /** Milliseconds until an empty bucket is full. */
  readonly refillMs: number
}

/** Above this a sum of a moment and a debt could leave the whole numbers that a double holds. */
export const MAX_UNITS = 2 ** 51

const MIN_PER_TOKEN = 1_000
const MICROSECONDS = 1_000_000

/**
 * The units of `requestsPerSecond` and `burst`. The rate is taken as the simplest fraction that a double
 * cannot tell from it: 1/3 is one third, 5/900 is one in 180 s.
 *
 * @throws RangeError where the bucket would take more than 2^51 units (71 years for most rates) to refill.
 */
export function rateOf(requestsPerSecond: number, burst: number): Rate {
  const maxDenominator = MAX_UNITS / MICROSECONDS / burst
  const [tokens, seconds] = fraction(requestsPerSecond, maxDenominator)
  const common = gcd(seconds * MICROSECONDS, tokens)
  let perToken = (seconds * MICROSECONDS) / common
  let perMicrosecond = tokens / common
  if (perToken < MIN_PER_TOKEN && perToken * burst * MIN_PER_TOKEN <= MAX_UNITS) {
    perToken *= MIN_PER_TOKEN
    perMicrosecond *= MIN_PER_TOKEN
  }
  const capacity = perToken * burst
  if (tokens === 0 || capacity > MAX_UNITS) {
    throw new RangeError(
      `burst / requestsPerSecond must be a refill of at most 71 years and burst at most ${Math.floor(MAX_UNITS / MICROSECONDS)} ` +
        `for an uneven rate, got requestsPerSecond ${requestsPerSecond} and burst ${burst}`,
    )
  }
  const perMillisecond = perMicrosecond * 1_000
  return { perToken, perMicrosecond, perMillisecond, capacity, burst, refillMs: capacity / perMillisecond }
}

/**
 * The simplest fraction that equals `value` to the precision of a double, by continued fractions; where
 * its denominator would pass `maxDenominator`, the last convergent below that.
 */
function fraction(value: number, maxDenominator: number): [numerator: number, denominator: number] {
  let [previousTop, top, previousBottom, bottom] = [1, Math.floor(value), 0, 1]
  let rest = value - top
  while (Math.abs(top / bottom - value) > value * Number.EPSILON && rest > 0) {
    const inverse = 1 / rest
    const digit = Math.floor(inverse)
    const nextBottom = digit * bottom + previousBottom
    const nextTop = digit * top + previousTop
    if (nextBottom > maxDenominator || nextTop > MAX_UNITS) break
    ;[previousTop, top, previousBottom, bottom] = [top, nextTop, bottom, nextBottom]
    rest = inverse - digit
  }
  return [top, bottom]
}

function gcd(a: number, b: number): number {
  while (b > 0) [a, b] = [b, a % b]
  return a
}
