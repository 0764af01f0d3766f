import { describe, expect, it } from 'vitest'
import { startJoined } from './support/start.ts'

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

describe('the trace context of a publish', () => {
  it('goes along as it was given, and again with each retry', async () => {
    const { clock, server, room } = await startJoined()
    const options = { id: 'mine', traceparent, tracestate: 'vendor=a,other=b' }
    const publish = room.publish('/stock=aapl.us', options)
    const frame = { type: 'publish', room: 'general', text: '/stock=aapl.us', ...options }
    expect(server.socket.of('publish')).toMatchObject([frame])
    server.socket.end()
    await clock.advance(500)
    const again = server.socket.welcome({ resumed: true }).join({ recovered: true })
    expect(again.of('publish')).toMatchObject([frame])
    again.say({ type: 'ack', id: 'mine', room: 'general', command: true })
    await publish
  })

  it('has no state without a parent', async () => {
    const { server, room } = await startJoined()
    room.publish('hello', { id: 'mine', tracestate: 'vendor=a' }).catch(() => undefined)
    expect(server.socket.of('publish')).toEqual([
      { type: 'publish', id: 'mine', room: 'general', text: 'hello' },
    ])
  })

  it('is refused at once where no server would take it', async () => {
    const { client, room } = await startJoined()
    await expect(room.publish('hello', { traceparent: '00-1-2-3' })).rejects.toMatchObject({
      code: 'bad-request',
      field: 'traceparent',
    })
    await expect(room.publish('hello', { traceparent, tracestate: 'ü' })).rejects.toMatchObject({
      code: 'bad-request',
      field: 'tracestate',
    })
    expect(client.pending).toBe(0)
  })
})
