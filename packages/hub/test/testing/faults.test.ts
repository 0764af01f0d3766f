import { createHub } from '@hubbub/hub'
import { createClient } from '@hubbub/hub/client'
import { faultyTransport, VirtualClock } from '@hubbub/hub/testing'
import { expect, it } from 'vitest'

/** A hub in virtual time, and a raw socket that has said hello and joined. */
async function enter(limits = {}) {
  const clock = new VirtualClock()
  const tasks: (() => void)[] = []
  const scheduler = {
    defer(task: () => void) {
      tasks.push(task)
      return () => {
        const index = tasks.indexOf(task)
        if (index >= 0) tasks.splice(index, 1)
      }
    },
  }
  const hub = createHub({ clock, scheduler, limits })
  const connect = faultyTransport(hub, { clock, scheduler })
  const socket = connect('')
  const frames: { type: string; id?: string; text?: string; seq?: number }[] = []
  let ended: { code: number; reason: string } | undefined
  socket.onmessage = ({ data }) => frames.push(JSON.parse(String(data)) as (typeof frames)[number])
  socket.onclose = event => {
    ended = event
  }
  const say = (...messages: object[]) => {
    for (const message of messages) socket.send(JSON.stringify(message))
  }
  /** Everything that is ready happens. */
  const settle = async () => {
    do {
      tasks.shift()?.()
      await clock.settle()
    } while (tasks.length > 0)
  }
  say({ type: 'hello', id: 'h', name: 'Ann' }, { type: 'join', id: 'j', room: 'general' })
  await settle()
  const link = connect.last
  const publish = (id: string, text = id) => {
    say({ type: 'publish', id, room: 'general', text })
  }
  const types = () => frames.map(({ type }) => type).filter(type => type !== 'presence')
  return { clock, hub, link, socket, connect, frames, settle, publish, types, ended: () => ended }
}

it('carries frames both ways while nothing is wrong', async () => {
  const { publish, settle, types, link } = await enter()
  publish('m')
  await settle()
  expect(types()).toEqual(['welcome', 'joined', 'ack', 'message'])
  expect([link.open, link.bufferedBytes]).toEqual([true, 0])
})

it('delays what is sent, and keeps its order', async () => {
  const { publish, settle, types, link, clock, frames } = await enter()
  link.delay(100, 'up')
  publish('a')
  publish('b')
  await settle()
  await clock.advance(99)
  await settle()
  expect(types()).toEqual(['welcome', 'joined'])
  await clock.advance(1)
  await settle()
  expect(frames.filter(({ type }) => type === 'message').map(({ id }) => id)).toEqual(['a', 'b'])
  expect(() => link.delay(-1)).toThrow(RangeError)
})

it('lets bytes pile up while the peer does not read, and drains them when it does', async () => {
  const { publish, settle, types, link } = await enter()
  link.stall()
  publish('m', 'x'.repeat(1_000))
  await settle()
  expect(link.bufferedBytes).toBeGreaterThan(1_000)
  expect(types()).toEqual(['welcome', 'joined'])
  link.resume()
  await settle()
  expect(link.bufferedBytes).toBe(0)
  expect(types()).toEqual(['welcome', 'joined', 'ack', 'message'])
})

it('shows the hub a stalled peer, which it ends', async () => {
  const { settle, link, publish, clock, hub } = await enter({ heartbeatMs: 1_000_000 })
  link.stall()
  publish('m')
  await settle()
  for (let n = 0; n < 15; n += 1) {
    await clock.advance(1_000)
    await settle()
  }
  expect(hub.stats().sessions).toBe(0)
})

it('lets neither side know that the cable is out, until the hub has heard nothing for two heartbeats', async () => {
  const { settle, link, publish, clock, hub, ended, types } = await enter()
  link.halfOpen()
  publish('m')
  await settle()
  expect(hub.stats()).toMatchObject({ sessions: 1, appended: 0 })
  for (let n = 0; n < 60; n += 1) {
    await clock.advance(1_000)
    await settle()
  }
  expect(hub.stats().sessions).toBe(0)
  expect([ended(), types()]).toEqual([undefined, ['welcome', 'joined']])
})

it('cuts without a goodbye, and loses what is under way', async () => {
  const { settle, link, publish, hub, ended } = await enter()
  publish('m')
  link.cut()
  link.cut()
  await settle()
  expect(ended()).toEqual({ code: 1006, reason: '' })
  expect(hub.stats()).toMatchObject({ sessions: 0, appended: 0 })
  expect(link.open).toBe(false)
})

it('repeats a frame, which the hub appends once', async () => {
  const { settle, link, publish, hub, types } = await enter()
  link.duplicate('up')
  publish('m')
  await settle()
  expect(hub.stats().appended).toBe(1)
  expect(types()).toEqual(['welcome', 'joined', 'ack', 'ack', 'message'])
  link.duplicate('down')
  publish('n')
  await settle()
  expect(types().filter(type => type === 'ack')).toHaveLength(4)
})

it('gives the client SDK a new link after a cut, and it misses nothing', async () => {
  await using hub = createHub()
  const connect = faultyTransport(hub)
  expect(() => connect.last).toThrow('nobody has connected yet')
  await using client = createClient({
    url: 'memory:',
    name: 'Ann',
    connect,
    backoff: { minMs: 1, maxMs: 1 },
  })
  const room = client.join('general')
  const texts: string[] = []
  const both = Promise.withResolvers<void>()
  room.on('delivery', delivery => {
    if (delivery.kind === 'message') texts.push(delivery.message.text)
    if (texts.length === 2) both.resolve()
  })
  await room.publish('one')
  connect.last.cut()
  await room.publish('two')
  await both.promise
  expect(texts).toEqual(['one', 'two'])
  expect(connect.links).toHaveLength(2)
})
