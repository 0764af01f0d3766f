/** What the limiter accepts. Every refusal names the field, the accepted range and the shape of what came. */

/** Longest key in UTF-16 units: a key is kept in memory, and often comes from a stranger. */
export const MAX_KEY_LENGTH = 256

/** Timers of the platform are 32-bit: a longer one would fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1

/** A short description of a value for an error message; never the value of a long string. */
export function shapeOf(value: unknown): string {
  if (typeof value === 'string') return `a string of length ${value.length}`
  if (value === null || typeof value !== 'object') return String(value)
  return Array.isArray(value) ? 'an array' : 'an object'
}

/** The error for a key that is not a string of 1 to 256 UTF-16 units. */
export function keyError(key: unknown): Error {
  const message = `key must be a string of 1 to ${MAX_KEY_LENGTH} characters, got ${shapeOf(key)}`
  return typeof key === 'string' ? new RangeError(message) : new TypeError(message)
}

/** @throws TypeError for what is not a number, RangeError for a number outside `[min, max]` (whole where asked). */
export function checkNumber(
  name: string,
  value: unknown,
  { min, max, whole = false }: { min: number; max: number; whole?: boolean },
): asserts value is number {
  if (typeof value === 'number' && value >= min && value <= max && (!whole || Number.isInteger(value))) return
  const message = `${name} must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}, got ${shapeOf(value)}`
  throw typeof value === 'number' ? new RangeError(message) : new TypeError(message)
}

/** @throws TypeError when `value` is none of `choices`. */
export function checkChoice(name: string, value: unknown, choices: readonly string[]): void {
  if (typeof value === 'string' && choices.includes(value)) return
  throw new TypeError(
    `${name} must be ${choices.map(each => `'${each}'`).join(' or ')}, got ${shapeOf(value)}`,
  )
}
