import { createHub } from '@hubbub/hub'
import { expect, it } from 'vitest'
import { Peer } from '../support/peer.ts'

const rooms = (bytes: number) => {
  const frame = { type: 'rooms', id: 'r', padding: '' }
  return { ...frame, padding: 'x'.repeat(bytes - JSON.stringify(frame).length) }
}

// Inside the process there was no limit at all, so what worked in a test was closed by every other transport.
it('closes a frame of more than 32 KiB with 1009, as every transport does', async () => {
  await using hub = createHub()
  const peer = new Peer(hub)
  peer.send({ type: 'hello', id: 'h', name: 'Ann' }, rooms(32 * 1024))
  await peer.next('rooms')
  peer.send(rooms(32 * 1024 + 1), { type: 'ping', id: 'late' })
  await expect(peer.end()).resolves.toEqual({ code: 1009, reason: 'a frame has at most 32768 bytes' })
  expect(peer.of('pong')).toEqual([])
  expect(hub.stats().sessions).toBe(0)
})
