import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { freePort } from '../../../../.config/services/ports.ts'
import { expressLimit, fastifyLimit, honoLimit, nodeLimit } from '../../src/http/index.ts'
import { createLimiter, limits } from '../../src/index.ts'
import { manualClock } from '../../src/testing/index.ts'

const cleanup: (() => unknown)[] = []
afterEach(async () => {
  for (const act of cleanup.splice(0)) await act()
})

const make = (burst = 2) => createLimiter({ requestsPerSecond: 1 / 30, burst, clock: manualClock() })
type Limiter = ReturnType<typeof make>
interface Options {
  readonly trustProxy?: readonly string[]
  readonly headers?: boolean
}

const one = async () => (await freePort(1))[0] ?? 0

/** The same server four times: every request is limited, then answered with `hello`. */
const frameworks: Record<string, (limiter: Limiter, options?: Options) => Promise<string>> = {
  async 'node:http'(limiter, options) {
    const limited = nodeLimit({ limiter, ...options })
    const server = createServer((request, response) => {
      void limited(request, response).then(go => {
        if (go) response.end('hello')
      })
    })
    server.listen(await one(), '127.0.0.1')
    cleanup.push(() => server.close())
    await once(server, 'listening')
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  },
  async Express(limiter, options) {
    const app = express()
    app.use(expressLimit({ limiter, ...options }))
    app.get('/', (_, response) => {
      response.send('hello')
    })
    const port = await one()
    const server = app.listen(port, '127.0.0.1')
    cleanup.push(() => server.close())
    await once(server, 'listening')
    return `http://127.0.0.1:${port}`
  },
  async Fastify(limiter, options) {
    const app = fastify()
    app.addHook('onRequest', fastifyLimit({ limiter, ...options }))
    app.get('/', () => 'hello')
    cleanup.push(() => app.close())
    return app.listen({ port: await one(), host: '127.0.0.1' })
  },
  async Hono(limiter, options) {
    const app = new Hono()
    app.use(honoLimit({ limiter, ...options }))
    app.get('/', context => context.text('hello'))
    const port = await one()
    const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' })
    cleanup.push(() => server.close())
    await once(server, 'listening')
    return `http://127.0.0.1:${port}`
  },
}

const get = (url: string, forwardedFor?: string) =>
  fetch(url, { headers: { connection: 'close', ...(forwardedFor && { 'x-forwarded-for': forwardedFor }) } })

describe.each(Object.entries(frameworks))('%s', (_, start) => {
  it('lets a request through with what is left, and answers one too many with a problem', async () => {
    const url = await start(make())
    const first = await get(url)
    expect([first.status, await first.text()]).toEqual([200, 'hello'])
    expect(first.headers.get('ratelimit')).toBe('"default";r=1;t=30')
    expect(first.headers.get('ratelimit-policy')).toBe('"default";q=2;w=60')
    expect(first.headers.has('retry-after')).toBe(false)
    await get(url)
    const third = await get(url)
    expect(third.status).toBe(429)
    expect(third.headers.get('retry-after')).toBe('30')
    expect(third.headers.get('ratelimit')).toBe('"default";r=0;t=30')
    expect(third.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(await third.json()).toMatchObject({ status: 429, 'violated-policies': ['default'] })
  })

  it('counts for the client behind a trusted proxy', async () => {
    const limiter = make()
    const url = await start(limiter, { trustProxy: ['loopback'] })
    expect((await get(url, '203.0.113.9')).headers.get('ratelimit')).toContain('r=1')
    expect((await get(url, '203.0.113.10')).headers.get('ratelimit')).toContain('r=1')
    expect(limiter.peek('203.0.113.9').remaining).toBe(1)
  })

  it('does not believe a header that no trusted proxy wrote, and warns that there is one', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const limiter = make()
    const url = await start(limiter)
    await get(url, '203.0.113.9')
    await get(url, '203.0.113.10')
    expect(limiter.peek('127.0.0.1').remaining).toBe(0)
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('trustProxy'), expect.anything())
    warn.mockRestore()
  })

  it('sends no RateLimit fields when told not to', async () => {
    const url = await start(make(1), { headers: false })
    await get(url)
    const { headers } = await get(url)
    expect([headers.has('ratelimit'), headers.has('ratelimit-policy'), headers.get('retry-after')]).toEqual([
      false,
      false,
      '30',
    ])
  })
})

describe('what a request counts for', () => {
  const request = (headers: Record<string, string> = {}) => ({
    headers,
    socket: { remoteAddress: '192.0.2.7' },
  })
  const response = () => ({
    statusCode: 200,
    setHeader: vi.fn<(name: string, value: string) => void>(),
    end: vi.fn<(body: string) => void>(),
  })

  it('can be chosen, with a cost, over several limits', async () => {
    const perIp = make(10)
    const perUser = make(3)
    const limited = nodeLimit({
      limiter: limits({ perIp, perUser }),
      key: (request: { headers: Record<string, string>; socket: object }, ip) => ({
        perIp: ip,
        perUser: request.headers['user'] ?? ip,
      }),
      cost: () => 2,
    })
    const answer = response()
    expect(await limited(request({ user: 'ada' }), answer)).toBe(true)
    expect(await limited(request({ user: 'ada' }), answer)).toBe(false)
    expect(answer.setHeader).toHaveBeenLastCalledWith('Content-Type', 'application/problem+json')
    expect([perIp.peek('192.0.2.7').remaining, perUser.peek('ada').remaining]).toEqual([8, 1])
  })

  it('can be nobody: then it is not limited', async () => {
    const limiter = make(1)
    const limited = nodeLimit({ limiter, key: () => undefined })
    expect([await limited(request(), response()), await limited(request(), response())]).toEqual([true, true])
  })

  it('can come from a stranger at any length', async () => {
    const limiter = make(1)
    const limited = nodeLimit({ limiter, key: () => 'x'.repeat(1_000_000) })
    expect([await limited(request(), response()), await limited(request(), response())]).toEqual([
      true,
      false,
    ])
  })

  it('is one key for all sockets without an address', async () => {
    const limiter = make(1)
    const limited = nodeLimit({ limiter })
    await limited({ headers: {}, socket: {} }, response())
    expect(limiter.peek('unknown').remaining).toBe(0)
  })

  it('is refused as an option that is no limiter', () => {
    expect(() => nodeLimit({ limiter: {} as never })).toThrow('limiter must have a method check')
  })

  it('passes errors of your own functions to Express', async () => {
    const boom = new Error('boom')
    const middleware = expressLimit({
      limiter: make(),
      key: () => {
        throw boom
      },
    })
    const error = await new Promise(resolve => {
      middleware(request(), response(), resolve)
    })
    expect(error).toBe(boom)
  })
})
