import { createClient } from '@hubbub/hub/client'
import { describe, expect, it } from 'vitest'
import { outcome, start, startJoined, startOnline } from './support/start.ts'

describe('a connection', () => {
  it('says hello when the socket is open, and is online once it is welcome', async () => {
    const { client, server, log } = await start()
    expect(client.state).toEqual({ status: 'connecting', attempt: 1 })
    expect(server.socket).toMatchObject({ url: 'memory:', sent: [] })
    server.socket.welcome()
    expect(server.socket.sent).toEqual([{ type: 'hello', id: 'id-1', name: 'Ann' }])
    expect(client.state).toMatchObject({ status: 'online', session: 'session-1', resumed: false })
    expect(log).toEqual(['online as Ann'])
    await expect(client.ready).resolves.toEqual({ id: 'guest:ann', name: 'Ann' })
  })

  it('resumes its session on the next connection', async () => {
    const { server, clock, log } = await startOnline()
    server.socket.end(1006, 'cable pulled')
    await clock.advance(125)
    server.socket.welcome({ resumed: true })
    expect(server.socket.sent).toMatchObject([{ type: 'hello', name: 'Ann', session: 'session-1' }])
    expect(log).toEqual(['waiting 125 ms before 1', 'connecting 1', 'online as Ann, resumed'])
  })

  it('waits longer after each failure, up to 15 s, and always by chance', async () => {
    let chance = 0
    const random = () => (chance = (chance + 0.25) % 1)
    const { client, server, clock, log } = await start({ random })
    for (let n = 0; n < 9; n += 1) {
      server.socket.end()
      await clock.advance(client.state.status === 'waiting' ? client.state.retryInMs : 0)
    }
    expect(log.filter(line => line.startsWith('waiting'))).toEqual([
      'waiting 63 ms before 2',
      'waiting 250 ms before 3',
      'waiting 750 ms before 4',
      'waiting 0 ms before 5',
      'waiting 1000 ms before 6',
      'waiting 4000 ms before 7',
      'waiting 11250 ms before 8',
      'waiting 0 ms before 9',
      'waiting 3750 ms before 10',
    ])
  })

  it('goes on waiting longer where connections never last, and begins anew behind one that did', async () => {
    const { server, clock, log } = await start()
    for (const lasts of [0, 0, 0, 15_000, 0]) {
      server.socket.welcome()
      await clock.advance(lasts)
      server.socket.end(1011)
      await clock.advance(10_000)
    }
    expect(log.filter(line => line.startsWith('waiting'))).toEqual([
      'waiting 125 ms before 1',
      'waiting 250 ms before 1',
      'waiting 500 ms before 1',
      'waiting 125 ms before 1',
      'waiting 250 ms before 1',
    ])
  })

  it.each([1001, 1005, 1006, 1011, 1012, 1013, 4408, 4410])('connects again after %i', async code => {
    const { client, server, clock } = await startOnline()
    server.socket.end(code)
    expect(client.state).toMatchObject({
      status: 'waiting',
      reason: `the connection ended with code ${code}`,
    })
    await clock.advance(250)
    expect(server.sockets).toHaveLength(2)
  })

  it('stays away for 30 s at least when the server calls it a flood', async () => {
    const { server, clock, log } = await startOnline()
    server.socket.end(4429)
    expect(log).toEqual(['waiting 30125 ms before 1'])
    await clock.advance(30_124)
    expect(server.sockets).toHaveLength(1)
    await clock.advance(1)
    expect(server.sockets).toHaveLength(2)
  })

  it.each([1000, 1002, 1003, 1007, 1008, 1009, 4400, 4401, 4403, 4409])(
    'does not come back after %i',
    async code => {
      const { client, server, clock, log } = await startOnline()
      server.socket.end(code, 'no')
      expect(client.state).toEqual({ status: 'closed', code, reason: 'no' })
      await clock.advance(600_000)
      expect(server.sockets).toHaveLength(1)
      expect(log).toEqual([`closed ${code}: no`])
      expect(clock.pending).toBe(0)
    },
  )

  it('comes back within half a second of the close that a drain has announced', async () => {
    const { server, clock, log } = await startOnline()
    server.socket.say({ type: 'drain', reconnectAfterMs: 4_000 })
    await clock.advance(4_000)
    server.socket.end(1012)
    expect(log).toEqual(['waiting 250 ms before 1'])
    await clock.advance(250)
    server.socket.end(1006)
    expect(log.at(-1)).toBe('waiting 125 ms before 2')
  })

  // A `drain` that came while `hello` was in hand was passed over, and the client came back after its whole
  // backoff: a rolling restart took those longest who had just moved.
  it('comes back as soon where the drain came before the welcome, or instead of it', async () => {
    const { server, clock, log } = await start({ backoff: { minMs: 10_000, maxMs: 15_000 } })
    server.socket.onopen?.()
    server.socket.say({ type: 'drain', reconnectAfterMs: 100 }).welcome().end(1012)
    await clock.advance(250)
    server.socket.onopen?.()
    server.socket.say({ type: 'drain', reconnectAfterMs: 100 }).end(1012)
    await clock.advance(250)
    server.socket.end(1006)
    expect(log.filter(line => line.startsWith('waiting'))).toEqual([
      'waiting 250 ms before 1',
      'waiting 250 ms before 2',
      'waiting 5000 ms before 3',
    ])
  })

  it('gives an attempt up that has no welcome after 10 s', async () => {
    const { client, server, clock } = await start()
    const [first] = server.sockets
    await clock.advance(9_999)
    expect(client.state.status).toBe('connecting')
    await clock.advance(1)
    expect(client.state).toMatchObject({ status: 'waiting', reason: 'no welcome within 10 s' })
    expect(first?.closedWith?.code).toBe(4410)
    await clock.advance(125)
    expect(server.sockets).toHaveLength(2)
  })

  it('counts a socket that cannot be made as a failed attempt', async () => {
    const { client, log } = await start({
      connect: () => {
        throw new Error('no socket for you')
      },
    })
    expect(log).toEqual(['error unavailable: no socket could be opened', 'waiting 125 ms before 2'])
    expect(client.state.status).toBe('waiting')
  })

  it('tells why an attempt failed where the platform says so', async () => {
    const { client, server } = await start()
    server.socket.onerror?.({ message: 'connect ECONNREFUSED' })
    expect(client.state).toMatchObject({ status: 'waiting', reason: 'connect ECONNREFUSED' })
  })

  // A page whose origin the server refuses was told "the connection failed" for ever, as in bad weather: the browser
  // hides the 403.
  it('says what three attempts without a word may mean, and goes on trying', async () => {
    const { client, server, clock, log } = await start()
    const reasons: string[] = []
    client.on('state', state => {
      if (state.status === 'waiting') reasons.push(state.reason)
    })
    const fail = async (): Promise<void> => {
      server.socket.onerror?.({})
      await clock.advance(10_000)
    }
    for (let n = 0; n < 4; n += 1) await fail()
    const what = 'times: the server cannot be reached, or refuses this origin'
    expect(reasons).toEqual([
      'the connection failed',
      'the connection failed',
      `the connection failed 3 ${what}`,
      `the connection failed 4 ${what}`,
    ])
    expect(log.filter(line => line.startsWith('error'))).toEqual([])
    server.socket.welcome().end()
    await clock.advance(10_000)
    await fail()
    expect(reasons.slice(4)).toEqual(['the connection ended with code 1006', 'the connection failed'])
  })

  it('ends a connection whose socket does not take a frame any more', async () => {
    const { client, server } = await startOnline()
    server.socket.send = () => {
      throw new Error('not open')
    }
    client.join('general')
    expect(client.state).toMatchObject({ status: 'waiting', reason: 'not open' })
  })
})

describe('a server that falls silent', () => {
  it('is asked after one heartbeat and given up after another', async () => {
    const { client, server, clock } = await startOnline()
    await clock.advance(24_999)
    expect(server.socket.of('ping')).toEqual([])
    await clock.advance(1)
    expect(server.socket.of('ping')).toHaveLength(1)
    await clock.advance(24_999)
    expect(client.state.status).toBe('online')
    await clock.advance(1)
    expect(client.state).toMatchObject({ status: 'waiting', reason: 'the server fell silent' })
    expect(server.socket).toMatchObject({ closedWith: { code: 4410 }, onmessage: null, onclose: null })
  })

  it('is not silent as long as anything at all comes from it', async () => {
    const { client, server, clock } = await startJoined()
    for (let n = 1; n <= 10; n += 1) {
      await clock.advance(24_000)
      server.socket.message(n)
    }
    expect(server.socket.of('ping')).toEqual([])
    await clock.advance(25_000)
    server.socket.say({ type: 'pong', id: server.socket.last('ping').id })
    await clock.advance(25_000)
    expect(server.socket.of('ping')).toHaveLength(2)
    await clock.advance(24_999)
    expect(client.state.status).toBe('online')
  })

  it('is not asked where it promises no heartbeat', async () => {
    const { server, clock } = await start()
    server.socket.welcome({ heartbeatMs: 0 })
    await clock.advance(600_000)
    expect(server.socket.of('ping')).toEqual([])
  })

  // A heartbeat of 1 ms was kept as well: the client asked a thousand times a second, and gave up on any latency.
  it('is asked once a second at most, whatever it promises', async () => {
    const { client, server, clock } = await start()
    server.socket.welcome({ heartbeatMs: 1 })
    await clock.advance(999)
    expect(server.socket.of('ping')).toEqual([])
    await clock.advance(1)
    expect(server.socket.of('ping')).toHaveLength(1)
    await clock.advance(999)
    expect(client.state.status).toBe('online')
  })

  it('gets an answer to its own ping', async () => {
    const { server } = await startOnline()
    server.socket.say({ type: 'ping', id: 'p7' })
    expect(server.socket.of('pong')).toEqual([{ type: 'pong', id: 'p7' }])
  })
})

describe('a token', () => {
  it('is asked for before every connection', async () => {
    let asked = 0
    const token = () => {
      asked += 1
      return Promise.resolve(`token-${asked}`)
    }
    const { server, clock } = await start({ token })
    server.socket.welcome().end()
    await clock.advance(125)
    server.socket.welcome()
    expect(server.sockets.map(socket => socket.last('hello'))).toMatchObject([
      { token: 'token-1' },
      { token: 'token-2', session: 'session-1' },
    ])
  })

  it('that cannot be had is asked for again later', async () => {
    let asked = 0
    const token = () => {
      asked += 1
      return asked === 1 ? Promise.reject(new Error('401')) : 'fresh'
    }
    const { server, clock, log } = await start({ token })
    expect(log).toEqual(['error unavailable: the token could not be had', 'waiting 125 ms before 2'])
    expect(server.sockets).toEqual([])
    await clock.advance(125)
    expect(server.socket.welcome().last('hello')).toMatchObject({ token: 'fresh' })
  })

  it.each([
    ['', 'a string of 0 characters'],
    ['x'.repeat(4_097), 'a string of 4097 characters'],
    [7 as unknown as string, '7'],
  ])('that no server would take is asked for again', async (bad, kind) => {
    const { server, client, clock, log } = await start({ token: () => bad })
    const causes: unknown[] = []
    client.on('error', ({ cause }) => causes.push(cause))
    expect(log).toEqual(['error unavailable: the token could not be had', 'waiting 125 ms before 2'])
    await clock.advance(125)
    expect(causes).toEqual([new TypeError(`the token must be a string of 1–4,096 characters, got ${kind}`)])
    expect(server.sockets).toEqual([])
  })

  it('that does not come within 10 s is not waited for, and its function is told', async () => {
    const signals: AbortSignal[] = []
    const { clock, log } = await start({
      token: signal => {
        signals.push(signal)
        return new Promise(() => undefined)
      },
    })
    await clock.advance(10_000)
    expect(log).toEqual(['error timeout: the token did not come within 10 s', 'waiting 125 ms before 2'])
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })

  it('is not waited for once the client is closed', async () => {
    const signals: AbortSignal[] = []
    const { client, server, clock } = await start({
      token: signal => {
        signals.push(signal)
        return new Promise(() => undefined)
      },
    })
    await client.close()
    await clock.settle()
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    expect(server.sockets).toEqual([])
    expect(clock.pending).toBe(0)
  })
})

describe('a refused hello', () => {
  it('over a taken name tries the next name on the same socket, and keeps it', async () => {
    const { client, server, clock } = await start({ onNameTaken: (name, attempt) => `${name}${attempt}` })
    server.socket.onopen?.()
    for (let n = 0; n < 2; n += 1)
      server.socket.say({
        type: 'error',
        id: server.socket.last('hello').id,
        code: 'forbidden',
        field: 'name',
        message: 'taken',
      })
    expect(server.socket.of('hello').map(({ name }) => name)).toEqual(['Ann', 'Ann1', 'Ann12'])
    server.socket.welcome({ user: { id: 'guest:ann12', name: 'Ann12' } })
    expect(client.state).toMatchObject({ status: 'online', user: { name: 'Ann12' } })
    server.socket.end()
    await clock.advance(125)
    expect(server.socket.welcome().of('hello')).toMatchObject([{ name: 'Ann12' }])
  })

  it.each([
    ['forbidden', 'name', 4403],
    ['forbidden', undefined, 4403],
    ['unauthenticated', 'token', 4401],
    ['bad-request', 'name', 4401],
  ] as const)('with %s (%s) is the end, with code %i', async (code, field, closeCode) => {
    const { client, server, clock, log } = await start()
    const room = client.join('general')
    server.socket.onopen?.()
    server.socket.say({
      type: 'error',
      id: server.socket.last('hello').id,
      code,
      message: 'no',
      ...(field && { field }),
    })
    expect(log).toEqual([`error ${code}: no`, `closed ${closeCode}: no`])
    await expect(client.ready).rejects.toMatchObject({ code, field })
    await expect(room.ready).rejects.toMatchObject({ code: 'closed' })
    expect(server.socket.closedWith?.code).toBe(1000)
    expect(clock.pending).toBe(0)
  })

  it.each(['unavailable', 'rate-limited', 'internal'] as const)('with %s is tried again', async code => {
    const { server, clock, log } = await start()
    server.socket.onopen?.()
    const { id } = server.socket.last('hello')
    server.socket.say({ type: 'error', id, code, message: 'later', retryAfterMs: 3_000 })
    expect(log).toEqual([`error ${code}: later`, 'waiting 3000 ms before 2'])
    await clock.advance(3_000)
    expect(server.sockets).toHaveLength(2)
  })
})

describe('what the server should not send', () => {
  it('is told as an error and changes nothing', async () => {
    const { server, log } = await startJoined()
    server.socket.say('{', '[]', '{"type":"message","room":"general"}', '{"type":"later","room":"general"}')
    server.socket.onmessage?.({ data: new ArrayBuffer(4) })
    expect(log).toEqual([
      'error internal: the server sent what is not of the protocol: a frame must be one JSON object; this is not JSON',
      'error internal: the server sent what is not of the protocol: a frame must be one JSON object, got an array',
      'error internal: the server sent what is not of the protocol: message.seq must be an integer from 0, got nothing',
      'error internal: the server sent what is not of the protocol: a frame must be text, got an object',
    ])
    server.socket.message(1)
    expect(log.at(-1)).toBe('1')
  })

  it('is an error only where it answers nothing that we know', async () => {
    const { server, log } = await startOnline()
    server.socket.say({ type: 'error', code: 'bad-request', message: 'what?' })
    server.socket.say({ type: 'error', id: 'long-forgotten', code: 'internal', message: 'too late' })
    expect(log).toEqual(['error bad-request: what?'])
  })
})

describe('options', () => {
  it.each([
    [{ url: 'http://127.0.0.1' }, 'url must be a ws:// or wss:// address, got "http://127.0.0.1"'],
    [{ url: 'nowhere' }, 'url must be a ws:// or wss:// address, got "nowhere"'],
    [{ url: 'ws://x', name: '' }, 'name must be 1–32 characters, none of them control, bidi or zero-width'],
    [
      { url: 'ws://x', token: '' },
      'token must be a string of 1–4,096 characters, got a string of 0 characters',
    ],
    [
      { url: 'ws://x', token: 'x'.repeat(40_000) },
      'token must be a string of 1–4,096 characters, got a string of 40000 characters',
    ],
    [{ url: 'ws://x', queue: -1 }, 'queue must be an integer from 0, got -1'],
    [
      { url: 'ws://x', backoff: { minMs: 0 } },
      'backoff.minMs must be a number of milliseconds above 0, got 0',
    ],
    [
      { url: 'ws://x', backoff: { maxMs: 9 } },
      'backoff.maxMs must be a number from backoff.minMs (250), got 9',
    ],
  ])('%j are refused with the reason', (options, message) => {
    expect(() => createClient(options)).toThrow(message)
  })
})

describe('a handler', () => {
  it('that another has taken away is not called any more, and one that was added is not called yet', async () => {
    const { client, server, log } = await start()
    client.on('state', () => {
      stop()
      client.on('state', () => log.push('added'))
    })
    const stop = client.on('state', () => log.push('taken away'))
    server.socket.welcome()
    expect(log).toEqual(['online as Ann'])
    server.socket.end(1000)
    expect(log.slice(1)).toEqual(['closed 1000: the connection ended with code 1000', 'added'])
  })
})

describe('a handler that throws', () => {
  it('of a room keeps nobody from the rest either', async () => {
    const { server, room, log } = await startJoined()
    room.on('delivery', () => {
      throw new Error('mine')
    })
    server.socket.message(1).message(2)
    expect(log).toEqual([
      '1',
      'error internal: a handler of delivery threw',
      '2',
      'error internal: a handler of delivery threw',
    ])
  })

  it('keeps nobody from the rest, and is told as an error', async () => {
    const { client, server, clock, log } = await start()
    client.on('state', () => {
      throw new Error('mine')
    })
    client.on('error', () => {
      throw new Error('this one as well')
    })
    client.on('state', ({ status }) => log.push(`second: ${status}`))
    server.socket.welcome()
    expect(log).toEqual(['online as Ann', 'error internal: a handler of state threw', 'second: online'])
    expect(await outcome(clock, client.ready)).toMatchObject({ name: 'Ann' })
  })
})
