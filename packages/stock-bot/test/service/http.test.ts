import { describe, expect, it } from 'vitest'
import { type HttpPages, serveHttp } from '../../src/service/http.ts'

const LOOPBACK = { host: '127.0.0.1', port: 0 }
const pages = (changes: Partial<HttpPages> = {}): HttpPages => ({
  status: () => ({ ready: true, body: { status: 'ready' } }),
  metrics: () => Promise.resolve({ type: 'text/plain; version=0.0.4', text: 'up 1\n' }),
  ...changes,
})

describe('the HTTP server', () => {
  it('says that it lives, whatever the bot does', async () => {
    await using server = await serveHttp(LOOPBACK, pages({ status: () => ({ ready: false, body: {} }) }))
    const response = await fetch(`${server.url}/healthz`)
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }])
  })

  it('says whether it is ready, with 503 where it is not', async () => {
    let ready = true
    const status = () => ({ ready, body: { status: ready ? 'ready' : 'not-ready' } })
    await using server = await serveHttp(LOOPBACK, pages({ status }))
    const first = await fetch(`${server.url}/readyz?verbose`)
    ready = false
    const second = await fetch(`${server.url}/readyz`)
    expect([first.status, await first.json()]).toEqual([200, { status: 'ready' }])
    expect([second.status, await second.json()]).toEqual([503, { status: 'not-ready' }])
    expect(first.headers.get('content-type')).toBe('application/json')
  })

  it('shows the metrics in the form that they have', async () => {
    await using server = await serveHttp(LOOPBACK, pages())
    const response = await fetch(`${server.url}/metrics`)
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4')
    expect(await response.text()).toBe('up 1\n')
  })

  it('answers 500, and goes on, where the metrics cannot be had', async () => {
    const metrics = () => Promise.reject(new TypeError('a secret'))
    await using server = await serveHttp(LOOPBACK, pages({ metrics }))
    const response = await fetch(`${server.url}/metrics`)
    expect([response.status, await response.json()]).toEqual([500, { error: 'TypeError' }])
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  })

  it('knows no other path and no other method', async () => {
    await using server = await serveHttp(LOOPBACK, pages())
    const [other, post, head, odd] = await Promise.all([
      fetch(`${server.url}/`),
      fetch(`${server.url}/healthz`, { method: 'POST', body: 'x'.repeat(100_000) }),
      fetch(`${server.url}/healthz`, { method: 'HEAD' }),
      fetch(`${server.url}//x:y/healthz`),
    ])
    expect([other.status, post.status, head.status, odd.status]).toEqual([404, 405, 200, 404])
    expect(post.headers.get('allow')).toBe('GET, HEAD')
    expect(await head.text()).toBe('')
  })

  it('says in words that its port is taken', async () => {
    await using first = await serveHttp(LOOPBACK, pages())
    const port = Number(new URL(first.url).port)
    await expect(serveHttp({ host: '127.0.0.1', port }, pages())).rejects.toThrow(
      `cannot listen at 127.0.0.1:${port} (--http): somebody else listens there already`,
    )
  })

  it('leaves nothing open when it is disposed of, a connection that waits included', async () => {
    const server = await serveHttp(LOOPBACK, pages())
    const response = await fetch(`${server.url}/healthz`)
    await response.text()
    await server[Symbol.asyncDispose]()
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow('fetch failed')
  })
})
