import { createServer, type Server } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { freePort } from '../../../../.config/services/ports.ts'
import { shared } from '../../../../.config/services/shared.ts'
import { through, wire, type Wire } from '../../../../.config/services/wire.ts'
import { AmqpConnection, redactUrl } from '../../src/amqp/index.ts'
import { connectionTo, watchedClock } from './support.ts'

const url = await shared('rabbitmq')
const closed: (() => Promise<void>)[] = []
let line: Wire

beforeEach(async () => {
  line = await wire(url)
})

afterEach(async () => {
  for (const close of closed.splice(0)) await close()
  await line.stop()
})

function open(...args: Parameters<typeof connectionTo>) {
  const made = connectionTo(...args)
  closed.push(() => made.connection.close())
  return made
}

describe('a supervised connection', () => {
  it('declares the topology before it counts as up', async () => {
    const order: string[] = []
    const { connection } = open(url, {
      topology: async channel => {
        order.push(`topology while ${connection.state}`)
        await channel.assertExchange('t', 'fanout')
      },
    })
    connection.add({ attach: () => order.push('part') })
    await connection.up()
    order.push(connection.state)
    expect(order).toEqual(['topology while half-open', 'part', 'closed'])
  })

  it('goes through open and half-open, and tells a loss once', async () => {
    const { connection, log } = open(through(url, line))
    await connection.up()
    line.drop()
    await vi.waitFor(() => {
      expect(log.states()).toEqual(['half-open', 'closed', 'open', 'half-open', 'closed'])
    })
    expect(log.of('down').map(({ host }) => host)).toEqual([redactUrl(through(url, line))])
    expect(connection.stats()).toMatchObject({ connects: 2, failures: 0 })
  })

  it('is back within a second of the broker', async () => {
    const { connection } = open(through(url, line))
    await connection.up()
    line.cut()
    await vi.waitFor(() => {
      expect(connection.stats().failures).toBeGreaterThan(3)
    }, 5_000)
    const mended = performance.now()
    line.mend()
    await connection.up()
    expect(performance.now() - mended).toBeLessThan(1_000)
  })

  // The library's own recovery throws past everybody when the connection drops while its `setup` runs.
  it('outlives a drop while the topology is declared', async () => {
    let runs = 0
    const { connection, log } = open(through(url, line), {
      topology: async channel => {
        runs += 1
        if (runs === 1) line.drop()
        await channel.assertExchange('t', 'fanout')
      },
    })
    await connection.up()
    expect(runs).toBe(2)
    expect(log.of('down')).toHaveLength(1)
  })

  // The library's own recovery takes such a connection for a live one, and never connects again.
  it('does not take a connection for alive that died while a topology succeeded', async () => {
    let runs = 0
    const { connection } = open(through(url, line), {
      topology: async channel => {
        runs += 1
        if (runs > 1) return
        const { promise, resolve } = Promise.withResolvers<void>()
        channel.once('close', () => {
          resolve()
        })
        line.drop()
        await promise
      },
    })
    await connection.up()
    expect(runs).toBe(2)
    expect(connection.session?.signal.aborted).toBe(false)
  })

  it('outlives a broker that drops it at each step of the handshake', async () => {
    let answers = 0
    const { connection, log } = open(through(url, line))
    line.onAnswer = () => {
      answers += 1
      // The first connection is dropped at the first answer, the second at the second, and so on.
      if (answers === log.of('down').length + 1 && log.of('down').length < 5) {
        answers = 0
        line.drop()
      }
    }
    await vi.waitFor(() => {
      expect(connection.state).toBe('closed')
      expect(log.of('down').length).toBeGreaterThanOrEqual(5)
    }, 10_000)
  })

  it('gives up a host that accepts and says nothing, and names it', async () => {
    line.silence()
    const { log } = open(through(url, line), { connectTimeout: 100 })
    await vi.waitFor(() => {
      expect(log.of('down').length).toBeGreaterThan(1)
    })
    expect(log.of('down')[0]?.host).toContain(`127.0.0.1:${line.port}`)
    expect(log.of('down')[0]?.error.message).toMatch(/connecting took longer than 100 ms|ETIMEDOUT/)
  })

  it('tries its hosts in turn', async () => {
    const [dead] = await freePort(1)
    const { connection, log } = open([`amqp://127.0.0.1:${dead}`, url])
    await connection.up()
    expect(log.of('down').map(({ host }) => host)).toEqual([`amqp://127.0.0.1:${dead}`])
  })

  it('does not keep a host waiting for one that says nothing, or that only a person can help', async () => {
    line.silence()
    const wrong = new URL(url)
    wrong.password = 's3cret'
    const hosts = [through(url, line), wrong.href, url]
    const { connection, log } = open(hosts, { connectTimeout: 100 })
    await connection.up()
    expect(log.of('down').map(({ host }) => host)).toEqual(hosts.slice(0, 2).map(redactUrl))
    for (const { retryInMs } of log.of('down')) expect(retryInMs).toBeLessThanOrEqual(50)
  })

  it('keeps trying a dead host, and never shows the password', async () => {
    const [dead] = await freePort(1)
    const { connection, log } = open(`amqp://ann:s3cret@127.0.0.1:${dead}/v?password=s3cret`)
    await vi.waitFor(() => {
      expect(log.of('down').length).toBeGreaterThan(2)
    })
    const down = log.of('down')[0]
    expect(down?.host).toBe(`amqp://127.0.0.1:${dead}/v`)
    expect(down?.error.message).toContain('ECONNREFUSED')
    const all = log.of('down').map(({ host, error }) => `${host} ${error.stack}`)
    expect(`${all.join()} ${connection.hosts.join()}`).not.toContain('s3cret')
  })

  it('waits longer where the broker refuses the password, and does not show it', async () => {
    const wrong = new URL(url)
    wrong.password = 's3cret'
    const { log } = open(wrong.href)
    await vi.waitFor(() => {
      expect(log.of('down')).toHaveLength(1)
    }, 5_000)
    expect(log.of('down')[0]).toMatchObject({ retryInMs: 5_000 })
    expect(log.of('down')[0]?.error.message).toContain('ACCESS')
    expect(log.of('down')[0]?.error.stack).not.toContain('s3cret')
  })

  // The library keeps the broker's answer, 530, to itself.
  it('waits longer where there is no such virtual host, and says so', async () => {
    const nowhere = new URL(url)
    nowhere.pathname = '/no%20such'
    const { log } = open(nowhere.href)
    await vi.waitFor(() => {
      expect(log.of('down')).toHaveLength(1)
    }, 5_000)
    expect(log.of('down')[0]).toMatchObject({
      retryInMs: 5_000,
      error: {
        message:
          'the virtual host "no such" does not exist, or this user may not use it, or it takes no more connections',
      },
    })
  })

  it('refuses wrong options without quoting an address', () => {
    const made = (urls: string | string[]) => () => new AmqpConnection({ urls })
    expect(made([])).toThrow('urls must hold at least one address')
    expect(made('http://ann:s3cret@host')).toThrow(/^urls\[0\] must look like amqp:(?!.*s3cret)/)
    expect(made(['amqp://host', 's3cret'])).toThrow(/^urls\[1\] must look like amqp:(?!.*s3cret)/)
    expect(() => new AmqpConnection({ urls: url, backoff: { min: 1, max: 5 } })).toThrow(
      'backoff must have 50 <= min <= max in milliseconds, got { min: 1, max: 5 }',
    )
  })
})

describe('close()', () => {
  it('leaves no timer and no socket, and is idempotent', async () => {
    const { clock, pending } = watchedClock()
    const before = sockets()
    const { connection } = connectionTo(url, { clock })
    await connection.up()
    await Promise.all([connection.close(), connection.close()])
    await connection.close()
    expect(pending()).toBe(0)
    expect(connection.state).toBe('open')
    await vi.waitFor(() => {
      expect(sockets()).toBe(before)
    })
  })

  it.each(['amqp', 'amqps'])('ends a trial that waits for a silent host (%s)', async scheme => {
    const silent = await silentServer()
    const { clock, pending } = watchedClock()
    const { connection } = connectionTo(`${scheme}://127.0.0.1:${silent.port}`, { clock })
    await silent.connected
    await connection.close()
    expect(pending()).toBe(0)
    // The far side sees the socket end: nobody waits for the 10 s of the connect timeout.
    await silent.ended
    silent.server.close()
  })

  it('ends a pause between two trials, and refuses who waits for the connection', async () => {
    const [dead] = await freePort(1)
    const { clock, pending } = watchedClock()
    const { connection, log } = connectionTo(`amqp://127.0.0.1:${dead}`, {
      clock,
      backoff: { min: 60_000, max: 60_000 },
    })
    const waiting = connection.up().then(
      () => 'up',
      (error: Error) => error.message,
    )
    await vi.waitFor(() => {
      expect(log.of('down')).toHaveLength(1)
    })
    await connection.close()
    expect(await waiting).toContain('is closed')
    expect(pending()).toBe(0)
  })

  it('lets whoever waits for the connection stop waiting', async () => {
    const [dead] = await freePort(1)
    const { connection } = open(`amqp://127.0.0.1:${dead}`)
    await expect(connection.up(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
  })
})

const sockets = (): number =>
  process.getActiveResourcesInfo().filter(kind => kind === 'TCPSocketWrap' || kind === 'ConnectWrap').length

async function silentServer(): Promise<{
  server: Server
  port: number
  connected: Promise<void>
  ended: Promise<void>
}> {
  const connected = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  const server = createServer(socket => {
    connected.resolve()
    socket.on('error', () => undefined)
    socket.on('close', () => {
      ended.resolve()
    })
    socket.resume()
  })
  const [port = 0] = await freePort(1)
  await new Promise<void>(resolve => {
    server.listen(port, '127.0.0.1', resolve)
  })
  return { server, port, connected: connected.promise, ended: ended.promise }
}
