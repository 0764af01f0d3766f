/** What Stooq says with status 200 instead of quotes. */
import { excerpt } from './excerpt.ts'
import type { QuoteFailure } from './source.ts'

/** What a text that is not a table of quotes means. */
export interface ReadRefusal {
  readonly kind: QuoteFailure
  readonly detail: string
}

// Each at the start of a line, in English or Polish: a company's name further right is none of them.
const SENTENCES: readonly (readonly [QuoteFailure, RegExp])[] = [
  ['rate-limited', /^[^\w\r\n]{0,8}(?:exceeded\b.*\blimit|przekroczony\b.*\blimit)/imu],
  ['auth', /^[^\w\r\n]{0,8}get your api ?key\b/imu],
  ['blocked', /^[^\w\r\n]{0,8}(?:odmowa|access denied)\b/imu],
  ['not-found', /^[^\w\r\n]{0,8}(?:no data|brak danych)\b/imu],
]

// PHP prints its complaints into the page, as text or with tags, before or instead of the answer.
const PHP =
  /^\s*(?:<br ?\/?>\s*)*(?:<b>)?(?:php )?(?:warning|notice|deprecated|fatal error|parse error)(?:<\/b>)?:/i

/** Whether the text is a web page: a browser check, a consent page, a captcha, whatever its content type says. */
export function isPage(text: string): boolean {
  return /^\s*</.test(text) && !PHP.test(text)
}

/** The meaning of a text in which no table of quotes was found. */
export function readRefusal(text: string): ReadRefusal {
  if (text.trim() === '') return { kind: 'malformed', detail: 'an empty answer' }
  if (isPage(text)) return { kind: 'blocked', detail: `a web page instead of CSV: ${excerpt(text)}` }
  // A refusal is short; looking no further keeps the time for any answer small.
  const start = text.trimStart().slice(0, 4096)
  for (const [kind, sentence] of SENTENCES) {
    if (sentence.test(start)) return { kind, detail: excerpt(text, 60) }
  }
  if (PHP.test(text)) return { kind: 'malformed', detail: `a PHP error instead of CSV: ${excerpt(text, 80)}` }
  if (/^\s*[{[]/.test(text)) return { kind: 'malformed', detail: 'JSON where CSV was asked for' }
  return { kind: 'malformed', detail: `neither quotes nor a known refusal: ${excerpt(text)}` }
}
