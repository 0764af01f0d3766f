import { createClient } from '@hubbub/hub/client'
import { VirtualClock } from '@hubbub/hub/testing'
import { describe, expect, it } from 'vitest'
import { FakeServer } from './support/fake-server.ts'
import { outcome } from './support/start.ts'

const DAY_MS = 86_400_000

/** As a platform's timers are: one beyond 2^31 - 1 ms fires at once. */
class PlatformClock extends VirtualClock {
  override setTimer(fire: () => void, ms: number): () => void {
    return super.setTimer(fire, ms > 2 ** 31 - 1 ? 1 : ms)
  }
}

function start() {
  const clock = new PlatformClock()
  const server = new FakeServer()
  const client = createClient({
    url: 'memory:',
    name: 'Ann',
    connect: server.connect,
    clock,
    random: () => 0.5,
  })
  const refuse = (id: string): void => {
    const retryAfterMs = 30 * DAY_MS
    server.socket.say({ type: 'error', id, code: 'rate-limited', message: 'blocked', retryAfterMs })
  }
  return { clock, server, client, refuse }
}

// A server that asked for 30 days got a storm: a timer beyond 2^31 - 1 ms fires at once, so what had to wait was sent
// again some 600 times a second.
describe('a wait of 30 days', () => {
  it('before the next hello is one of 25 days', async () => {
    const { clock, server, client, refuse } = start()
    await clock.settle()
    server.socket.onopen?.()
    refuse(server.socket.last('hello').id)
    expect(client.state).toMatchObject({ status: 'waiting', retryInMs: 30 * DAY_MS })
    await clock.advance(24 * DAY_MS)
    expect(server.sockets).toHaveLength(1)
    await clock.advance(DAY_MS)
    expect(server.sockets.length).toBeGreaterThan(1)
  })

  it('before the next join is none of its publishes, which are too old by then', async () => {
    const { clock, server, client, refuse } = start()
    await clock.settle()
    server.socket.welcome({ heartbeatMs: 0 })
    const publish = client.join('general').publish('hello')
    refuse(server.socket.last('join').id)
    await clock.advance(600_000)
    expect(await outcome(clock, publish)).toBe('unsettled')
    await clock.advance(24 * DAY_MS)
    expect(server.socket.of('join')).toHaveLength(1)
  })

  it('before a queued publish may be sent again is a refusal', async () => {
    const { clock, server, client, refuse } = start()
    await clock.settle()
    server.socket.welcome()
    const publish = client.join('general').publish('hello')
    server.socket.join()
    refuse(server.socket.last('publish').id)
    await expect(publish).rejects.toMatchObject({ code: 'rate-limited', retryAfterMs: 30 * DAY_MS })
    expect(server.socket.of('publish')).toHaveLength(1)
  })

  it('is a heartbeat as well', async () => {
    const { clock, server } = start()
    await clock.settle()
    server.socket.welcome({ heartbeatMs: 30 * DAY_MS })
    await clock.advance(29 * DAY_MS)
    expect(server.socket.of('ping')).toHaveLength(0)
    await clock.advance(DAY_MS)
    expect(server.socket.of('ping')).toHaveLength(1)
  })
})

describe('a queued publish', () => {
  it('waits for as long as it may be sent at all', async () => {
    const { clock, server, client } = start()
    await clock.settle()
    server.socket.welcome({ heartbeatMs: 0 })
    const publish = client.join('general').publish('hello')
    server.socket.join()
    const refuse = (retryAfterMs: number): void => {
      const { id } = server.socket.last('publish')
      server.socket.say({ type: 'error', id, code: 'rate-limited', message: 'blocked', retryAfterMs })
    }
    refuse(500_000)
    await clock.advance(500_000)
    expect(server.socket.of('publish')).toHaveLength(2)
    refuse(99_999)
    await clock.advance(99_999)
    expect(server.socket.of('publish')).toHaveLength(3)
    refuse(1)
    expect(await outcome(clock, publish)).toBe('rate-limited')
  })
})
