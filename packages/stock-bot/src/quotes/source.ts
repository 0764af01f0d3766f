/** Where quotes come from. */

/** A price, as the source gave it. */
export interface Quote {
  /** As the source returned it, upper case: `AAPL.US`. */
  readonly symbol: string
  /** Decimal string, never a float: `93.42`. */
  readonly price: string
  /** ISO 4217, or `GBX` for London's pence, where the listing's currency is known. */
  readonly currency: string | undefined
  /** Epoch milliseconds of the price where the source says it. */
  readonly at: number | undefined
  /** Set by the source where the price is more than 7 days old: weekends and holidays are shorter. Shown. */
  readonly outdated?: true
  /** The source's name; `sample` marks made-up data. */
  readonly source: string
}

/** Why there is no quote. */
export type QuoteFailure =
  | 'not-found'
  | 'rate-limited'
  | 'blocked'
  | 'gone'
  | 'auth'
  | 'malformed'
  | 'timeout'
  | 'network'
  | 'http'

/** No quote, and why. */
export interface QuoteRefusal {
  readonly ok: false
  readonly kind: QuoteFailure
  /** Which source said so; several are joined with a comma. */
  readonly source: string
  /** For logs and operators: one line, without anything secret. */
  readonly detail: string
  /** In how many milliseconds the source may be asked again, where that is known. */
  readonly retryAfterMs?: number
  /** What each source said, where more than one was asked. */
  readonly reasons?: readonly QuoteRefusal[]
  /** No question went out, for too little time was left: this says nothing about the source. */
  readonly unasked?: true
}

/** A quote, or why there is none. Sources never throw. */
export type QuoteResult =
  | {
      readonly ok: true
      readonly quote: Quote
      /** Milliseconds since the source said so, where it comes from a cache. */
      readonly ageMs?: number
    }
  | QuoteRefusal

/** How long an answer is waited for. */
export interface AskOptions {
  /** Ends the question, down to the HTTP request. */
  readonly signal: AbortSignal
  /**
   * Epoch milliseconds, by the clock that the source has: an answer after it is of no use to anybody. Nothing is
   * started with less than `MIN_REQUEST_MS` until then. It ends nothing: the signal does. Read it anew
   * before each start, for it moves on when others begin to wait for the same answer. Absent: no deadline.
   */
  readonly deadline?: number | undefined
}

/** Looks up quotes. */
export interface QuoteSource {
  readonly name: string
  /** Whether the source has such listings at all; a chain passes by one that has not. Absent: any. */
  covers?(symbol: string): boolean
  /**
   * Results in the order of the symbols, where the source has all of them at hand and need not wait; else
   * undefined. Costs neither a signal nor a timer. Absent: the source always waits.
   */
  recall?(symbols: readonly string[]): readonly QuoteResult[] | undefined
  /** Results in the order of the symbols. Follows the signal down to the HTTP request. */
  quotes(symbols: readonly string[], options: AskOptions): Promise<readonly QuoteResult[]>
}

/** The name that marks made-up data: whatever comes from a source called this is shown as sample data. */
export const SAMPLE_SOURCE = 'sample'
