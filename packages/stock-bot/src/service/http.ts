import { createServer, type ServerResponse } from 'node:http'
import type { HttpAddress } from './hosts.ts'

/** What an operator's tools ask for. */
export interface HttpPages {
  /** For `/readyz`: 200 where `ready`, else 503. */
  readonly status: () => { readonly ready: boolean; readonly body: object }
  /** For `/metrics`. */
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>
}

/** A running server. */
export interface HttpServer extends AsyncDisposable {
  /** With the port that was taken where 0 was asked for. */
  readonly url: string
}

/** How long one request may take to arrive, in milliseconds. */
const REQUEST_MS = 5_000
/** Most connections at a time: a scraper or two, and somebody who looks. */
const CONNECTIONS = 64

const UNAVAILABLE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'somebody else listens there already',
  EACCES: 'ports below 1024 are for the system',
  EADDRNOTAVAIL: 'that is no address of this machine',
  ENOTFOUND: 'that is no address of this machine',
}

/** Serves `/healthz`, `/readyz` and `/metrics`. Rejects where the address is not to be had. */
export async function serveHttp({ host, port }: HttpAddress, pages: HttpPages): Promise<HttpServer> {
  const server = createServer(
    { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS, connectionsCheckingInterval: REQUEST_MS },
    (request, response) => {
      // There is no body in any request that is served, and none is read.
      request.resume()
      const { pathname } = URL.parse(request.url ?? '', 'http://bot') ?? { pathname: '' }
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.setHeader('allow', 'GET, HEAD')
        json(response, 405, { error: 'only GET and HEAD are served here' })
        return
      }
      answer(pathname, pages, response).catch((error: unknown) => {
        json(response, 500, { error: error instanceof Error ? error.name : 'failed' })
      })
    },
  )
  server.maxConnections = CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => {
      const code = 'code' in error ? error.code : undefined
      const why = typeof code === 'string' ? (UNAVAILABLE[code] ?? code) : error.message
      reject(new Error(`cannot listen at ${host}:${port} (--http): ${why}`, { cause: error }))
    })
    server.listen(port, host, resolve)
  })
  const bound = server.address()
  const name = host.includes(':') ? `[${host}]` : host
  return {
    url: `http://${name}:${typeof bound === 'object' && bound ? bound.port : port}`,
    [Symbol.asyncDispose]: () =>
      new Promise(resolve => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}

async function answer(path: string, pages: HttpPages, response: ServerResponse): Promise<void> {
  switch (path) {
    case '/healthz':
      // It answers, so the process lives; whether it works is what /readyz is for.
      json(response, 200, { status: 'ok' })
      return
    case '/readyz': {
      const { ready, body } = pages.status()
      json(response, ready ? 200 : 503, body)
      return
    }
    case '/metrics': {
      const { type, text } = await pages.metrics()
      response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(text)
      return
    }
    default:
      json(response, 404, { error: 'there are /healthz, /readyz and /metrics' })
  }
}

function json(response: ServerResponse, code: number, body: object): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  response
    .writeHead(code, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(`${JSON.stringify(body)}\n`)
}
