/** One bounded GET: bounded in time until the last byte of the body, and in bytes. */
import { abortWith, untilAborted } from './aborted.ts'
import { isTooLate, unasked } from './budget.ts'
import type { QuoteClock } from './clock.ts'
import { excerpt } from './excerpt.ts'

/** The part of `fetch` that sources call. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** How a text is fetched. */
export interface FetchTextOptions {
  readonly fetch: Fetch
  readonly headers: Readonly<Record<string, string>>
  /** Milliseconds for everything, the body included. */
  readonly timeout: number
  /** Most bytes of body, counted after decompression. */
  readonly maxBytes: number
  readonly clock: QuoteClock
  readonly signal: AbortSignal
  /** Epoch milliseconds: no request is started with less than 500 ms until then. It ends none that was. */
  readonly deadline?: number | undefined
}

/** The answer, whatever its status; or why there is none. Only a 2xx status has its body read. */
export type FetchedText =
  | { readonly ok: true; readonly status: number; readonly headers: Headers; readonly text: string }
  | {
      readonly ok: false
      readonly kind: 'timeout' | 'network' | 'malformed'
      readonly detail: string
      /** There was too little time to begin. */
      readonly unasked?: true
    }

const TOO_LATE = { ok: false, kind: 'timeout', detail: unasked('').detail, unasked: true } as const

class TooLate extends Error {}
class TooLarge extends Error {}

/** Fetches a text. Follows no redirect. Never throws; when it resolves, its timer and its request are gone. */
export async function fetchText(url: string, options: FetchTextOptions): Promise<FetchedText> {
  const { fetch, headers, timeout, maxBytes, clock } = options
  if (isTooLate(clock, options.deadline)) return TOO_LATE
  const over = new AbortController()
  const cancelTimer = clock.setTimer(() => {
    over.abort(new TooLate())
  }, timeout)
  const unlink = abortWith(options.signal, over)
  const { signal } = over
  let answered = false
  try {
    const response = await untilAborted(fetch(url, { headers, redirect: 'manual', signal }), signal)
    answered = true
    const text = response.ok ? await readText(response, maxBytes, signal) : ''
    return { ok: true, status: response.status, headers: response.headers, text }
  } catch (error) {
    if (options.signal.aborted) return { ok: false, kind: 'timeout', detail: 'the request was given up' }
    if (error instanceof TooLate) {
      const missing = answered ? 'the whole answer' : 'an answer'
      return { ok: false, kind: 'timeout', detail: `not ${missing} within ${timeout} ms` }
    }
    if (error instanceof TooLarge) {
      return { ok: false, kind: 'malformed', detail: `an answer of more than ${maxBytes} bytes` }
    }
    const reason = reasonOf(error)
    if (answered) return { ok: false, kind: 'malformed', detail: `the answer broke off: ${reason}` }
    // A peer that answers in something other than HTTP was reached: trying again later will not help.
    if (/HTTPParserError|HPE_/.test(reason)) return { ok: false, kind: 'malformed', detail: reason }
    return { ok: false, kind: 'network', detail: reason }
  } finally {
    cancelTimer()
    unlink()
    // Ends the connection of a body that was not read to its end; does nothing after a whole one.
    over.abort()
  }
}

/** Decodes as UTF-8, with U+FFFD for what is none: a company's name in another encoding spoils no price. */
async function readText(response: Response, maxBytes: number, signal: AbortSignal): Promise<string> {
  if (!response.body) return ''
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for (;;) {
    const { done, value } = await untilAborted(reader.read(), signal)
    if (done) return text + decoder.decode()
    bytes += value.byteLength
    if (bytes > maxBytes) throw new TooLarge()
    text += decoder.decode(value, { stream: true })
  }
}

/** `fetch` hides the reason in a chain of causes: "fetch failed" alone helps nobody. */
function reasonOf(error: unknown): string {
  let deepest = error
  while (deepest instanceof Error && deepest.cause instanceof Error) deepest = deepest.cause
  if (!(deepest instanceof Error)) return excerpt(String(deepest), 80)
  const code = 'code' in deepest && typeof deepest.code === 'string' ? deepest.code : deepest.name
  return excerpt(`${code}: ${deepest.message}`, 120)
}
