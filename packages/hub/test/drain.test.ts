import { createHub } from '@hubbub/hub'
import { VirtualClock } from '@hubbub/hub/testing'
import { listen } from '@hubbub/hub/ws'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { Peer } from './support/peer.ts'

async function people(count: number, clock: VirtualClock) {
  // Filled last: what the hub draws for its own timers before is not of interest.
  const draws: number[] = []
  const hub = createHub({ clock, random: () => draws.shift() ?? 0 })
  const peers = Array.from({ length: count }, () => new Peer(hub))
  for (const [index, peer] of peers.entries()) await peer.enter(`user-${index}`)
  for (let index = 0; index < count; index += 1) draws.push(index / count)
  return { hub, peers }
}

it('tells every client when it will be closed, spread over the window, and closes it then with 1012', async () => {
  const clock = new VirtualClock()
  const { hub, peers } = await people(5, clock)
  const closed = hub.close({ windowMs: 5_000 })
  const told = await Promise.all(peers.map(peer => peer.next('drain')))
  expect(told.map(({ reconnectAfterMs }) => reconnectAfterMs)).toEqual([0, 1_000, 2_000, 3_000, 4_000])
  for (let second = 0; second < 5; second += 1) {
    await expect(peers[second]?.end()).resolves.toMatchObject({ code: 1012 })
    expect(peers.filter(peer => peer.closed)).toHaveLength(second + 1)
    await clock.advance(1_000)
  }
  await closed
  expect(clock.pending).toBe(0)
})

it('goes on serving those who wait for their moment', async () => {
  const clock = new VirtualClock()
  const { hub, peers } = await people(2, clock)
  const [first, last] = peers
  const closed = hub.close({ windowMs: 5_000 })
  await first?.end()
  last?.send({ type: 'publish', id: 'late', room: 'general', text: 'still here' })
  expect(await last?.next('ack')).toMatchObject({ id: 'late', seq: 1 })
  await clock.advance(2_500)
  await expect(last?.end()).resolves.toMatchObject({ code: 1012 })
  await closed
})

it('ends the window when the last client is gone', async () => {
  const clock = new VirtualClock()
  const { hub, peers } = await people(2, clock)
  const closed = hub.close({ windowMs: 60_000, deadlineMs: 60_000 })
  await Promise.all(peers.map(peer => peer.next('drain')))
  for (const peer of peers) peer.close(1000)
  await closed
  expect(clock.pending).toBe(0)
})

it('closes at the deadline those whose moment has not come', async () => {
  const clock = new VirtualClock()
  const { hub, peers } = await people(2, clock)
  const closed = hub.close({ windowMs: 100_000, deadlineMs: 3_000 })
  await peers[1]?.next('drain')
  await clock.advance(3_000)
  await closed
  await expect(peers[1]?.end()).resolves.toMatchObject({ code: 1012 })
})

it('answers new connections with 503 and Retry-After while it drains', async () => {
  const hub = createHub({ random: () => 0.999 })
  const server = await listen(hub, { port: 0 })
  const first = new WebSocket(server.url)
  const drained = Promise.withResolvers<void>()
  first.on('message', (data: Buffer) => {
    if (data.toString().includes('"drain"')) drained.resolve()
  })
  const opened = Promise.withResolvers<void>()
  first.once('open', opened.resolve)
  await opened.promise
  const closed = hub.close({ windowMs: 1_000 })
  await drained.promise
  const second = new WebSocket(server.url)
  const refused = Promise.withResolvers<{ status: number | undefined; retry: string | undefined }>()
  second.once('unexpected-response', (_request, response) => {
    refused.resolve({ status: response.statusCode, retry: response.headers['retry-after'] })
    response.destroy()
  })
  second.once('error', () => {})
  expect(await refused.promise).toMatchObject({ status: 503, retry: expect.stringMatching(/^\d+$/) })
  await closed
})
