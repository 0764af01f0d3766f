/** Made-up quotes for demos and work without a network. They are fixed, and marked as sample data when shown. */
import { listingCurrency } from './currency.ts'
import { SAMPLE_SOURCE, type Quote, type QuoteResult, type QuoteSource } from './source.ts'

/** Symbol to price. Plausible, invented, the same at every start. */
export const SAMPLE_PRICES: Readonly<Record<string, string>> = {
  'AAPL.US': '93.42',
  'ABNB.US': '131.07',
  'ADBE.US': '488.60',
  'AMD.US': '142.15',
  'AMZN.US': '186.33',
  'BA.US': '178.91',
  'BRK-B.US': '441.20',
  'CSCO.US': '52.38',
  'DIS.US': '96.74',
  'F.US': '11.26',
  'GE.US': '171.85',
  'GOOGL.US': '172.49',
  'IBM.US': '214.30',
  'INTC.US': '23.14',
  'JNJ.US': '158.62',
  'JPM.US': '219.77',
  'KO.US': '68.905',
  'MA.US': '492.11',
  'MCD.US': '289.54',
  'META.US': '561.08',
  'MSFT.US': '418.56',
  'NFLX.US': '701.35',
  'NKE.US': '81.47',
  'NVDA.US': '128.995',
  'ORCL.US': '167.22',
  'PEP.US': '170.68',
  'PFE.US': '28.59',
  'PG.US': '172.03',
  'QQQ.US': '487.15',
  'SPY.US': '571.90',
  'T.US': '21.62',
  'TSLA.US': '238.25',
  'UBER.US': '74.83',
  'V.US': '284.40',
  'WMT.US': '80.12',
  'XOM.US': '118.66',
  'AZN.UK': '11874',
  'BARC.UK': '231.65',
  'BP.UK': '402.85',
  'HSBA.UK': '687.4',
  'TSCO.UK': '412.3',
  'VOD.UK': '73.58',
  'ALV.DE': '289.9',
  'BMW.DE': '77.34',
  'SAP.DE': '207.85',
  'SIE.DE': '178.62',
  'VOW3.DE': '93.18',
  '6758.JP': '2731.5',
  '7203.JP': '2589',
  '0700.HK': '421.6',
  '0941.HK': '73.25',
  'OTP.HU': '19120',
  CDR: '168.35',
  KGH: '152.9',
  PKO: '58.44',
  '^DAX': '19421.37',
  '^DJI': '42374.36',
  '^NDQ': '18291.62',
  '^SPX': '5751.13',
  EURUSD: '1.08342',
  GBPUSD: '1.30517',
  USDPLN: '3.96125',
  XAUUSD: '2653.48',
  'CL.F': '71.24',
  'GC.F': '2671.8',
  'NG.F': '2.734',
  'BTC.V': '62384.12',
  'ETH.V': '2441.07',
}

const QUOTES: ReadonlyMap<string, Quote> = new Map(
  Object.entries(SAMPLE_PRICES).map(([symbol, price]) => [
    symbol,
    { symbol, price, currency: listingCurrency(symbol), at: undefined, source: SAMPLE_SOURCE },
  ]),
)

/** A source of sample data: {@link SAMPLE_PRICES}, and `not-found` for everything else. Needs nothing. */
export function sampleQuotes(): QuoteSource {
  const recall = (symbols: readonly string[]): QuoteResult[] =>
    symbols.map(symbol => {
      const quote = QUOTES.get(symbol.toUpperCase())
      if (quote) return { ok: true, quote }
      return { ok: false, kind: 'not-found', source: SAMPLE_SOURCE, detail: 'not in the sample data' }
    })
  return { name: SAMPLE_SOURCE, recall, quotes: symbols => Promise.resolve(recall(symbols)) }
}
