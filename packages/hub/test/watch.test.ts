import { type Connection, createHub } from '@hubbub/hub'
import { expect, it } from 'vitest'
import { Peer } from './support/peer.ts'
import { virtualHub } from './support/virtual-hub.ts'

it('asks a silent peer for a sign of life, and gives it up after two heartbeats', async () => {
  await using setup = virtualHub()
  const { hub, clock } = setup
  const peer = new Peer(hub)
  await peer.enter('Ann')
  await peer.next('presence')
  await clock.advance(26_000)
  await peer.next('ping')
  await clock.advance(25_000)
  await expect(peer.end()).resolves.toMatchObject({ code: 4410 })
})

it('takes any frame for a sign of life', async () => {
  await using setup = virtualHub()
  const { hub, clock } = setup
  const peer = new Peer(hub)
  await peer.enter('Ann')
  await peer.next('presence')
  for (let n = 1; n <= 5; n += 1) {
    await clock.advance(26_000)
    await peer.next('ping', n)
    peer.send({ type: 'pong', id: 'alive' }, { type: 'ping', id: `p${n}` })
    await peer.next('pong', n)
  }
  expect(peer.closed).toBeUndefined()
})

// All who were silent for two heartbeats were closed without having been asked: with heartbeats of less than the
// second between two looks that was everybody, and so it was when the machine had slept for a minute.
it.each([
  { heartbeatMs: 400, sleepMs: 0 },
  { heartbeatMs: 25_000, sleepMs: 60_000 },
])('gives nobody up who was not asked: %j', async ({ heartbeatMs, sleepMs }) => {
  await using setup = virtualHub({ limits: { heartbeatMs } })
  const { hub, clock } = setup
  const peer = new Peer(hub)
  await peer.enter('Ann')
  await peer.next('presence')
  await clock.advance(1_000)
  const monotonic = clock.monotonic.bind(clock)
  clock.monotonic = () => monotonic() + sleepMs
  await clock.advance(1_000)
  await peer.next('ping')
  peer.send({ type: 'pong', id: 'alive' }, { type: 'ping', id: 'p' })
  await peer.next('pong')
  await clock.advance(1_000)
  await peer.send({ type: 'ping', id: 'q' }).next('pong', 2)
  expect(peer.closed).toBeUndefined()
})

it.each([
  ['heartbeatMs', 1],
  ['writeMs', 1],
  ['welcomeMs', 1],
  ['logMs', 1],
  ['frameBytes', 1],
  ['outboxBytes', 1],
  ['outboxFrames', 1],
  ['sessionGraceMs', 0],
  ['inboundFrames', 0],
])('takes limits.%s from %d on', (limit, least) => {
  expect(() => createHub({ limits: { [limit]: least } })).not.toThrow()
  expect(() => createHub({ limits: { [limit]: least - 1 } })).toThrow(
    new RangeError(`limits.${limit} must be an integer from ${least}, got ${least - 1}`),
  )
})

/** A connection whose platform takes nothing of what is written. */
class Stuck implements Connection<string> {
  readonly transport = {
    name: 'stuck',
    encode: (text: string) => text,
    size: (frame: string) => frame.length,
  }
  readonly peer = {}
  receivedBytes = 0
  readonly closes: number[] = []
  bufferedBytes = 0
  onMessage: Connection['onMessage']
  onDrain: Connection['onDrain']
  onClose: Connection['onClose']

  write(frames: readonly string[]): void {
    for (const frame of frames) this.bufferedBytes += frame.length
  }

  close(code: number): void {
    this.closes.push(code)
  }
}

it('closes a peer that takes nothing of what it is owed for 10 s with 4408', async () => {
  await using setup = virtualHub({ scheduler: { defer: task => clock.setTimer(task, 0) } })
  const { hub, clock } = setup
  const stuck = new Stuck()
  hub.accept(stuck)
  stuck.onMessage?.(JSON.stringify({ type: 'hello', id: 'h', name: 'Ann' }))
  await clock.advance(9_000)
  expect(stuck.bufferedBytes).toBeGreaterThan(0)
  expect(stuck.closes).toEqual([])
  await clock.advance(3_000)
  expect(stuck.closes).toEqual([4408])
})

it('does not mind a peer that takes little by little', async () => {
  await using setup = virtualHub({ scheduler: { defer: task => clock.setTimer(task, 0) } })
  const { hub, clock } = setup
  const slow = new Stuck()
  hub.accept(slow)
  slow.onMessage?.(JSON.stringify({ type: 'hello', id: 'h', name: 'Ann' }))
  for (let n = 0; n < 4; n += 1) {
    await clock.advance(6_000)
    slow.bufferedBytes -= 1
  }
  expect(slow.closes).toEqual([])
})

// Any change of what was taken counted as progress: the pongs that are owed to a peer that pings and reads nothing
// changed it at each look, and its memory was kept for as long as it went on.
it('closes a peer that pings and takes nothing of what it is owed', async () => {
  await using setup = virtualHub({ scheduler: { defer: task => clock.setTimer(task, 0) } })
  const { hub, clock } = setup
  const pinging = new Stuck()
  hub.accept(pinging)
  pinging.onMessage?.(JSON.stringify({ type: 'hello', id: 'h', name: 'Ann' }))
  for (let second = 0; second < 12; second += 1) {
    pinging.receivedBytes += 7
    pinging.bufferedBytes += 3
    await clock.advance(1_000)
  }
  expect(pinging.closes).toEqual([4408])
})

// Until the write deadline `ws` went on answering pings, as fast as they came: 10 s of a loopback's bandwidth.
it('closes a peer with more pongs to take than may be owed to anybody', async () => {
  await using setup = virtualHub()
  const { hub, clock } = setup
  const flooding = new Stuck()
  hub.accept(flooding)
  flooding.bufferedBytes = hub.limits.outboxBytes
  await clock.advance(1_000)
  expect(flooding.closes).toEqual([])
  flooding.bufferedBytes += 1
  await clock.advance(1_000)
  expect(flooding.closes).toEqual([4408])
})
