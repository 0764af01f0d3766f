/** A Stooq-compatible server on this machine, so that tests and demos run the real HTTP path without a network. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { SAMPLE_PRICES } from '../quotes/sample.ts'
import { misbehave, type Misbehave, type StooqFault } from './stooq-faults.ts'

/** How the server starts. */
export interface StooqServerOptions {
  /** Symbol in upper case to price. @default SAMPLE_PRICES */
  readonly quotes?: Readonly<Record<string, string>>
  /** Port on 127.0.0.1; 0 lets the system choose. @default 0 */
  readonly port?: number
  /** What it does wrong from the start: a fault by its name, or a function of your own. @default nothing */
  readonly fault?: StooqFault | Misbehave | undefined
  /** When its prices are of, in epoch milliseconds. @default the moment of the request */
  readonly pricesAt?: number
}

/** One request that the server has seen. */
export interface StooqRequest {
  /** As it came, with the query. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  /** In lower case, as Stooq wants them. */
  readonly symbols: readonly string[]
  /** `finished` where the whole answer was sent, `aborted` where the connection ended before. */
  readonly closed: Promise<'finished' | 'aborted'>
}

/** A running server. */
export interface StooqServer extends AsyncDisposable {
  /** For `--quotes` or `stooq({ baseUrl })`: `http://127.0.0.1:12345`. */
  readonly url: string
  readonly port: number
  /** What it does wrong from the next request on; undefined: nothing. */
  fault: StooqFault | Misbehave | undefined
  /** The newest 1,000 requests, oldest first. */
  readonly requests: readonly StooqRequest[]
  /** Resolves with the next request that comes; rejects when the server is closed. */
  nextRequest(): Promise<StooqRequest>
  /** Ends every connection, whatever it is doing. Idempotent; when it resolves no socket or timer is left. */
  close(): Promise<void>
}

const KEPT_REQUESTS = 1000

/** Starts a server. Rejects where the port is taken. */
export async function startStooqServer(options: StooqServerOptions = {}): Promise<StooqServer> {
  const { quotes = SAMPLE_PRICES, port = 0 } = options
  let fault = options.fault
  const requests: StooqRequest[] = []
  let waiting: PromiseWithResolvers<StooqRequest>[] = []

  const server = createServer((request, response) => {
    const seen = record(request, response)
    requests.push(seen)
    if (requests.length > KEPT_REQUESTS) requests.shift()
    for (const waiter of waiting.splice(0)) waiter.resolve(seen)
    const { pathname, searchParams } = new URL(seen.url, 'http://127.0.0.1')
    if (pathname !== '/q/l/') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('no such page')
      return
    }
    const csv = table(seen.symbols, searchParams, quotes, warsawWall(options.pricesAt ?? Date.now()))
    if (fault) misbehave(fault, response, csv)
    else response.writeHead(200, { 'content-type': 'text/csv' }).end(csv)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  const bound = typeof address === 'object' && address ? address.port : port

  let closed: Promise<void> | undefined
  const close = (): Promise<void> => {
    closed ??= new Promise(resolve => {
      server.close(() => {
        resolve()
      })
      server.closeAllConnections()
      for (const waiter of waiting) waiter.reject(new Error('the server was closed'))
      waiting = []
    })
    return closed
  }

  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    get fault() {
      return fault
    },
    set fault(next) {
      fault = next
    },
    requests,
    nextRequest() {
      if (closed) return Promise.reject(new Error('the server was closed'))
      const waiter = Promise.withResolvers<StooqRequest>()
      waiting.push(waiter)
      return waiter.promise
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function record(request: IncomingMessage, response: ServerResponse): StooqRequest {
  const url = request.url ?? '/'
  const list = new URL(url, 'http://127.0.0.1').searchParams.get('s') ?? ''
  const closed = Promise.withResolvers<'finished' | 'aborted'>()
  response.once('close', () => {
    closed.resolve(response.writableFinished ? 'finished' : 'aborted')
  })
  // A bare `+` of the query has become a space here. A comma joins nothing, as at the original.
  const symbols = list.split(' ').filter(symbol => symbol !== '')
  return { url, headers: request.headers, symbols, closed: closed.promise }
}

/** Date and time in Warsaw, where the original's clock hangs: `2026-01-28` and `22:00:00`. */
interface Wall {
  readonly date: string
  readonly time: string
}

const warsaw = new Intl.DateTimeFormat('sv', {
  timeZone: 'Europe/Warsaw',
  dateStyle: 'short',
  timeStyle: 'medium',
})

function warsawWall(at: number): Wall {
  const [date = '', time = ''] = warsaw.format(at).split(' ')
  return { date, time }
}

/** Names and values of the columns, by their codes in `f=`. */
const COLUMNS: Readonly<
  Record<string, readonly [name: string, value: (price: string, wall: Wall) => string]>
> = {
  d1: ['Date', (_, { date }) => date.replaceAll('-', '')],
  d2: ['Date', (_, { date }) => date],
  t1: ['Time', (_, { time }) => time.replaceAll(':', '')],
  t2: ['Time', (_, { time }) => time],
  o: ['Open', price => price],
  h: ['High', price => price],
  l: ['Low', price => price],
  c: ['Close', price => price],
  v: ['Volume', () => '1000000'],
  p: ['Prev', price => price],
}

function table(
  symbols: readonly string[],
  query: URLSearchParams,
  quotes: Readonly<Record<string, string>>,
  wall: Wall,
): string {
  const fields = (query.get('f') ?? 'sd2t2ohlcv').match(/[a-z]\d?/g) ?? []
  const names = fields.map(field => (field === 's' ? 'Symbol' : field === 'n' ? 'Name' : COLUMNS[field]?.[0]))
  const rows = symbols.map(symbol => {
    const name = symbol.toUpperCase()
    const price = Object.hasOwn(quotes, name) ? quotes[name] : undefined
    return fields.map(field => {
      if (field === 's' || field === 'n') return name
      return price === undefined ? 'N/D' : (COLUMNS[field]?.[1](price, wall) ?? 'N/D')
    })
  })
  const lines = query.has('h') ? [names.map(name => name ?? '?'), ...rows] : rows
  return lines.map(cells => `${cells.join(',')}\r\n`).join('')
}
