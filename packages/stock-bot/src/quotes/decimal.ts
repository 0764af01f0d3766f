/** Prices as decimal strings. A float is never made of them: 1.005 has no exact one, and would round down. */

// The bounds are far above any price; they keep a hostile source from sending megabytes of digits.
const PRICE = /^\d{1,15}(?:\.\d{1,15})?$/

/** Whether a text is a price: plain digits with at most one dot, above zero, at most 15 digits on each side. */
export function isPrice(text: string): boolean {
  return PRICE.test(text) && /[1-9]/.test(text)
}

/**
 * Rounds a non-negative decimal string half up, digit by digit: `roundHalfUp('1.005', 2)` is `1.01`.
 * @throws RangeError where the text is not plain digits with at most one dot.
 */
export function roundHalfUp(decimal: string, places: number): string {
  if (!/^\d+(?:\.\d+)?$/.test(decimal)) {
    throw new RangeError(`not a plain decimal number: ${JSON.stringify(decimal.slice(0, 40))}`)
  }
  const [whole = '', fraction = ''] = decimal.split('.')
  const kept = whole + fraction.slice(0, places).padEnd(places, '0')
  const digits = (fraction[places] ?? '0') >= '5' ? increment(kept) : kept
  const units = digits.slice(0, digits.length - places).replace(/^0+(?=\d)/, '')
  return places === 0 ? units : `${units}.${digits.slice(digits.length - places)}`
}

function increment(digits: string): string {
  const nines = /9*$/.exec(digits)?.[0].length ?? 0
  const head = digits.slice(0, digits.length - nines)
  const raised = head === '' ? '1' : head.slice(0, -1) + String(Number(head.slice(-1)) + 1)
  return raised + '0'.repeat(nines)
}
