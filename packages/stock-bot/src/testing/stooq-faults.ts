/** What a Stooq-compatible server can do wrong, each as it was seen or can be expected on a network. */
import type { ServerResponse } from 'node:http'

/** Answers one request wrongly. `csv` is the right answer. It must end by itself when the connection closes. */
export type Misbehave = (response: ServerResponse, csv: string) => void

const CHALLENGE = `<!DOCTYPE html><html><head><title>Verify</title></head><body>
<noscript>This site requires JavaScript to verify your browser.</noscript>
<script>crypto.subtle.digest("SHA-256", new TextEncoder().encode("0"))</script></body></html>
`

const text =
  (body: string, status = 200, headers: Readonly<Record<string, string>> = {}): Misbehave =>
  response => {
    response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(body)
  }

const FAULTS = {
  /** Takes the request and never says a word. */
  slow: () => undefined,
  /** One byte every 20 ms, for ever: only a deadline on the body ends it. */
  drip(response, csv) {
    response.writeHead(200, { 'content-type': 'text/csv' })
    let sent = 0
    const timer = setInterval(() => {
      response.write(csv.charAt(sent) || '\n')
      sent += 1
    }, 20)
    response.once('close', () => {
      clearInterval(timer)
    })
  },
  /** Promises more bytes than come. */
  length(response, csv) {
    response.writeHead(200, { 'content-type': 'text/csv', 'content-length': String(csv.length + 500) })
    response.write(csv, () => response.socket?.end())
  },
  /** Promises fewer bytes than come, and so cuts the answer inside its last row. */
  short(response, csv) {
    const head = `HTTP/1.1 200 OK\r\ncontent-type: text/csv\r\ncontent-length: ${csv.length - 12}\r\n\r\n`
    response.socket?.end(head + csv)
  },
  /** The browser check: a web page with status 200. */
  challenge: text(CHALLENGE, 200, { 'content-type': 'text/html' }),
  /** The same page under a content type that hides it. */
  'challenge-as-csv': text(CHALLENGE, 200, { 'content-type': 'text/csv' }),
  /** PHP's complaints first, and then the right answer. */
  warnings(response, csv) {
    const warning = 'Warning: Division by zero in /home/stooq/www/q/l/index.php on line 12\n'
    response.writeHead(200, { 'content-type': 'text/csv' }).end(`${warning}${warning}\n${csv}`)
  },
  limit: text('Exceeded the daily hits limit'),
  denied: text('Access denied'),
  apikey: text('Get your apikey: open the site in a browser'),
  'no-data': text('No data'),
  empty: text(''),
  /** The endpoint is retired. */
  gone: text('Warning: mysqli_query() expects parameter 1 to be mysqli, null given in db.php', 404),
  redirect: text('', 302, { location: '/login' }),
  /** An error page that holds a table of quotes. */
  busy(response, csv) {
    response.writeHead(503, { 'content-type': 'text/csv', 'retry-after': '7' }).end(csv)
  },
  'too-many': text('slow down', 429, { 'retry-after': '120' }),
  /** Says gzip and is none. */
  gzip: text('this is not gzip at all', 200, { 'content-encoding': 'gzip' }),
  /** The right answer, and then rows without end. */
  endless(response, csv) {
    response.writeHead(200, { 'content-type': 'text/csv' }).write(csv)
    const row = `${csv.split('\r\n')[1] ?? ''}\r\n`.repeat(100)
    const pump = (): void => {
      while (!response.destroyed && response.write(row));
      if (!response.destroyed) response.once('drain', pump)
    }
    pump()
  },
  /** Cuts the connection before the first byte of an answer. */
  reset(response) {
    response.socket?.resetAndDestroy()
  },
  /** The answer to somebody else's question. */
  mixed(response, csv) {
    const [header = '', row = ''] = csv.split('\r\n')
    response
      .writeHead(200, { 'content-type': 'text/csv' })
      .end(`${header}\r\n${row.replace(/^[^,]*/, 'EVIL.US')}\r\n`)
  },
  /** Something that is not HTTP. */
  garbage(response) {
    response.socket?.end('220 mail.example ESMTP\r\n')
  },
} satisfies Readonly<Record<string, Misbehave>>

/** The name of a fault. */
export type StooqFault = keyof typeof FAULTS

/** Every fault that the server knows. */
export const STOOQ_FAULTS: readonly StooqFault[] = Object.keys(FAULTS).filter(isStooqFault)

/** Whether a text, of a command line for example, names a fault. */
export function isStooqFault(name: string): name is StooqFault {
  return Object.hasOwn(FAULTS, name)
}

/** Answers in the way of the fault. */
export function misbehave(fault: StooqFault | Misbehave, response: ServerResponse, csv: string): void {
  const act: Misbehave = typeof fault === 'string' ? FAULTS[fault] : fault
  act(response, csv)
}
