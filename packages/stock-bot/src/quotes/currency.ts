/** Which currency a listing is quoted in. */

/**
 * By the listing's suffix, because Stooq never names the currency. London quotes in pence (`GBX`); the few
 * London listings in pounds or dollars cannot be told apart. No other suffix says it: `.f` is any future in
 * the world (not Frankfurt), `.v` a crypto pair, and a bare symbol may be Warsaw, an index or a currency pair.
 */
const CURRENCIES: ReadonlyMap<string, string> = new Map([
  ['US', 'USD'],
  ['UK', 'GBX'],
  ['DE', 'EUR'],
  ['JP', 'JPY'],
  ['HK', 'HKD'],
  ['HU', 'HUF'],
])

/** The currency's code where the symbol's suffix settles it: `AAPL.US` is in `USD`. */
export function listingCurrency(symbol: string): string | undefined {
  const dot = symbol.lastIndexOf('.')
  return dot < 1 ? undefined : CURRENCIES.get(symbol.slice(dot + 1).toUpperCase())
}
