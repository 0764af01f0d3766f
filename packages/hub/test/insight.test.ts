import { createHub } from '@hubbub/hub'
import { tracingChannel } from 'node:diagnostics_channel'
import { expect, it } from 'vitest'
import { Peer } from './support/peer.ts'

it('explains why a session was closed', async () => {
  await using hub = createHub({ limits: { outboxBytes: 5_000 } })
  const ann = new Peer(hub, { peer: { address: '192.0.2.1' } })
  await ann.enter('Ann')
  const { session } = await ann.next('welcome')
  ann.send({ type: 'history', id: 'x', room: 'nowhere' })
  await ann.next('error')
  expect(hub.explain(session)).toMatchObject({ open: true, framesIn: 3 })
  for (let n = 0; n < 3; n += 1)
    await hub.post({
      room: 'general',
      id: `${n}`,
      text: 'x'.repeat(3_000),
      author: { id: 'bot:b', name: 'b', kind: 'bot' },
    })
  await ann.end()
  const { incidents, open, peakBytes } = hub.explain(session) ?? { incidents: [], open: true, peakBytes: 0 }
  expect(open).toBe(false)
  expect(incidents).toMatchObject([
    { what: 'opened', transport: 'memory', address: '192.0.2.1' },
    { what: 'welcomed', user: 'guest:ann', resumed: false },
    { what: 'joined', room: 'general', recovered: false },
    { what: 'refused', request: 'history', code: 'not-joined', field: 'room' },
    { what: 'closed', code: 4408, byPeer: false },
  ])
  expect(peakBytes).toBeLessThanOrEqual(5_000)
  expect(JSON.stringify(incidents)).not.toContain('xxx')
  expect(hub.explain('unknown')).toBeUndefined()
})

it('keeps the first and the newest incidents, and counts what it forgot', async () => {
  await using hub = createHub()
  const ann = new Peer(hub)
  await ann.enter('Ann')
  const { session } = await ann.next('welcome')
  for (let n = 0; n < 60; n += 1) ann.send({ type: 'leave', id: `${n}`, room: 'nowhere' })
  await ann.next('error', 60)
  const { incidents, forgotten } = hub.explain(session) ?? { incidents: [], forgotten: 0 }
  expect(incidents[0]).toMatchObject({ what: 'opened' })
  expect(incidents.length + forgotten).toBe(63)
  expect(incidents).toHaveLength(32)
})

it('shows subscribers each publish, join and broadcast, without a text', async () => {
  const seen: [string, object][] = []
  const unsubscribe = ['publish', 'join', 'broadcast'].map(name => {
    const channel = tracingChannel<object, object>(`hub.${name}`)
    const handlers = { end: (context: object) => seen.push([name, { ...context }]) }
    channel.subscribe(handlers as unknown as Parameters<typeof channel.subscribe>[0])
    return () => channel.unsubscribe(handlers as unknown as Parameters<typeof channel.subscribe>[0])
  })
  await using hub = createHub()
  const ann = new Peer(hub)
  await ann.enter('Ann')
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  ann.send({ type: 'publish', id: 'm', room: 'general', text: 'secret', traceparent })
  await ann.next('message')
  for (const end of unsubscribe) end()
  // The presence update of the join is a broadcast too.
  expect(seen.filter(([name, context]) => name !== 'broadcast' || context !== seen[1]?.[1])).toMatchObject([
    ['join', { room: 'general', user: 'guest:ann', resumes: false }],
    ['publish', { room: 'general', user: 'guest:ann', id: 'm', traceparent, seq: 1 }],
    ['broadcast', { room: 'general', frames: 1, subscribers: 1 }],
  ])
  expect(JSON.stringify(seen)).not.toContain('secret')
})
